'use client'

import { duration } from '@/calc/times'
import { useLive } from '@/store/live'

/** How often a bar closes on the clock on the wall: when the first of something can be expected. */
export function Pace() {
  const meta = useLive(state => state.replica?.meta)
  if (!meta || meta.rate <= 0) return null
  const every = duration(meta.timeframe_ms / 1000 / meta.rate)
  return (
    <>
      At this speed a {meta.timeframe} bar closes every {every}.
    </>
  )
}
