'use client'

import type { ReactNode } from 'react'
import type { Meta } from '@/api/types'
import { short } from '@/calc/numbers'
import { instant } from '@/calc/times'
import { Copy } from '@/components/base/Copy'
import { Skeleton } from '@/components/base/Skeleton'
import { useLive } from '@/store/live'

/** What is traded on the left, figures of known width on the right: nothing moves once they are known. */
export function SessionBar() {
  const meta = useLive(state => state.replica?.meta)
  const at = useLive(state => state.replica?.status.lane.at)
  return (
    <div className="flex min-h-8 flex-wrap items-center gap-x-5 gap-y-1 px-0.5">
      <div className="flex h-7 min-w-0 flex-1 items-center gap-x-4 max-lg:basis-full max-sm:h-16 max-sm:flex-col max-sm:items-start">
        {meta ? <Name meta={meta} /> : <Loading />}
      </div>
      <Fact name="Bars" width="min-w-7">
        {meta?.timeframe}
      </Fact>
      <Fact name="Speed" width="min-w-14">
        {meta && `${short(meta.rate, 3)}×`}
      </Fact>
      <Fact name="Session" width="min-w-13">
        {meta && <Copy text={meta.session} shown={meta.session} what="the name of the session" />}
      </Fact>
      <p className="flex items-baseline gap-2">
        <span className="text-dim text-xs">Event time</span>
        <time className="min-w-52 font-medium text-[15px] lg:text-right">
          {meta ? at ? `${instant(at)} UTC` : 'no input yet' : <Skeleton width="11rem" />}
        </time>
      </p>
    </div>
  )
}

function Name({ meta }: { meta: Meta }) {
  return (
    <>
      <h1 className="max-w-full shrink-0 truncate font-semibold text-lg tracking-tight lg:max-w-60">{meta.name}</h1>
      <p className="min-w-0 text-dim text-xs max-sm:line-clamp-2 sm:truncate" title={meta.data}>
        {meta.data}
      </p>
    </>
  )
}

function Loading() {
  return (
    <>
      <h1 className="sr-only">Live session</h1>
      <Skeleton width="min(24rem,80%)" />
    </>
  )
}

function Fact({ name, width, children }: { name: string; width: string; children: ReactNode }) {
  return (
    <p className="flex h-6 items-center gap-1.5">
      <span className="text-dim text-xs">{name}</span>
      <span className={`font-medium tabular-nums ${width}`}>{children || <Skeleton width="100%" />}</span>
    </p>
  )
}
