'use client'

import type { IChartApi, MouseEventParams } from 'lightweight-charts'
import { useEffect, useState } from 'react'

/** The time under the pointer in milliseconds, or null. */
export function useHovered(chart: IChartApi | null): number | null {
  const [time, setTime] = useState<number | null>(null)
  useEffect(() => {
    if (!chart) return
    const move = (at: MouseEventParams) => setTime(typeof at.time === 'number' ? at.time * 1000 : null)
    chart.subscribeCrosshairMove(move)
    return () => chart.unsubscribeCrosshairMove(move)
  }, [chart])
  return time
}
