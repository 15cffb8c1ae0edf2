'use client'

import type { ReactNode } from 'react'
import { short } from '@/calc/numbers'
import { instant } from '@/calc/times'
import { Copy } from '@/components/base/Copy'
import { Skeleton } from '@/components/base/Skeleton'
import { useLive } from '@/store/live'

export function SessionBar() {
  const meta = useLive(state => state.replica?.meta)
  const at = useLive(state => state.replica?.status.lane.at)
  return (
    <div className="flex min-h-8 flex-wrap items-center gap-x-5 gap-y-1 px-0.5">
      <h1 className="font-semibold text-lg tracking-tight">{meta ? meta.name : <Loading />}</h1>
      <Fact name="Bars" width="1.6rem">
        {meta?.timeframe}
      </Fact>
      <Fact name="Speed" width="2.9rem">
        {meta && `${short(meta.rate, 1)}×`}
      </Fact>
      <Fact name="Session" width="3.2rem">
        {meta && <Copy text={meta.session} shown={meta.session} what="the name of the session" />}
      </Fact>
      <p className="min-w-0 flex-1 truncate text-dim text-xs max-sm:basis-full" title={meta?.data}>
        {meta ? meta.data : <Skeleton width="60%" />}
      </p>
      <p className="flex items-baseline gap-2 sm:ml-auto">
        <span className="text-dim text-xs">Event time</span>
        <time className="min-w-[11.8rem] font-medium text-[15px]">
          {meta ? at ? `${instant(at)} UTC` : 'no input yet' : <Skeleton width="11rem" />}
        </time>
      </p>
    </div>
  )
}

function Loading() {
  return (
    <>
      <span className="sr-only">Live session</span>
      <Skeleton width="2.9rem" />
    </>
  )
}

function Fact({ name, width, children }: { name: string; width: string; children: ReactNode }) {
  return (
    <p className="flex items-baseline gap-1.5">
      <span className="text-dim text-xs">{name}</span>
      <span className="font-medium">{children || <Skeleton width={width} />}</span>
    </p>
  )
}
