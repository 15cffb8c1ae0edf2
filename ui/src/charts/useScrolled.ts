'use client'

import type { IChartApi, LogicalRange } from 'lightweight-charts'
import { useEffect, useRef, useState } from 'react'

/** How near the oldest bar the view must come for older ones to be fetched. */
const NEAR = 40

/** Whether the newest bar is out of view; calls `older` once when the view comes near the oldest. */
export function useScrolled(chart: IChartApi | null, older: () => Promise<boolean>): boolean {
  const [scrolled, setScrolled] = useState(false)
  const asking = useRef(false)

  useEffect(() => {
    if (!chart) return
    const scale = chart.timeScale()
    const look = (range: LogicalRange | null) => {
      setScrolled(scale.scrollPosition() < 0)
      if (!range || range.from > NEAR || asking.current) return
      asking.current = true
      // Whether there were any or not, asking again at once would bring nothing.
      const rest = () => setTimeout(() => (asking.current = false), 1_000)
      older().then(rest, rest)
    }
    scale.subscribeVisibleLogicalRangeChange(look)
    return () => scale.unsubscribeVisibleLogicalRangeChange(look)
  }, [chart, older])

  return scrolled
}
