'use client'

import type { ISeriesApi, SeriesDataItemTypeMap, SeriesType, Time, UTCTimestamp } from 'lightweight-charts'
import { useEffect, useRef } from 'react'
import { type Drawn, drawnOf, type Placed, placesOf, planOf } from '@/charts/plan'

/** What is drawn: `identity` names it and how it looks; once that changes, everything is drawn anew. */
export interface Rows<R> {
  rows: readonly R[]
  timeframe: number
  identity: string
}

/**
 * Keep a series as long as its rows: what is new is added, and everything is set where that does not do. The library
 * gets objects of its own.
 */
export function useRows<K extends SeriesType, R extends { time: number }>(
  series: ISeriesApi<K> | null,
  { rows, timeframe, identity }: Rows<R>,
  pointOf: (row: R, time: UTCTimestamp) => SeriesDataItemTypeMap<Time>[K],
): void {
  const drawn = useRef<Drawn | null>(null)
  const on = useRef<ISeriesApi<K> | null>(null)

  useEffect(() => {
    if (!series) return
    const plan = planOf(on.current === series ? drawn.current : null, rows, identity)
    const places = placesOf(rows, plan.kind === 'all' ? 0 : plan.from, timeframe)
    const points = places.map(place => pointAt(place, pointOf))
    if (plan.kind === 'all') series.setData(points)
    else for (const point of points) series.update(point)
    on.current = series
    drawn.current = drawnOf(drawn.current, plan, rows, identity, points.length)
  }, [series, rows, timeframe, identity, pointOf])
}

function pointAt<R, P>({ time, row }: Placed<R>, pointOf: (row: R, time: UTCTimestamp) => P): P {
  const at = (time / 1000) as UTCTimestamp
  return row === null ? ({ time: at } as P) : pointOf(row, at)
}
