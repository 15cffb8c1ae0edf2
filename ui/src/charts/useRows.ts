'use client'

import type { ISeriesApi, SeriesDataItemTypeMap, SeriesType, Time } from 'lightweight-charts'
import { useEffect, useRef } from 'react'
import { type Drawn, drawnOf, planOf } from '@/charts/plan'

/**
 * Keep a series as long as `rows`: what is new is added, and everything is set where that does not do. `identity`
 * names what is drawn and how; once it changes, everything is drawn anew. The library gets objects of its own.
 */
export function useRows<K extends SeriesType, R extends { time: number }>(
  series: ISeriesApi<K> | null,
  rows: readonly R[],
  identity: string,
  pointOf: (row: R) => SeriesDataItemTypeMap<Time>[K],
): void {
  const drawn = useRef<Drawn | null>(null)
  const on = useRef<ISeriesApi<K> | null>(null)

  useEffect(() => {
    if (!series) return
    const plan = planOf(on.current === series ? drawn.current : null, rows, identity)
    if (plan.kind === 'all') series.setData(rows.map(pointOf))
    else for (let i = plan.from; i < rows.length; i += 1) series.update(pointOf(rows[i] as R))
    on.current = series
    drawn.current = drawnOf(drawn.current, plan, rows, identity)
  }, [series, rows, identity, pointOf])
}
