'use client'

import { HistogramSeries, type IChartApi, type ISeriesApi, type UTCTimestamp } from 'lightweight-charts'
import { useCallback, useEffect, useState } from 'react'
import { compact } from '@/calc/numbers'
import { faded, type Palette } from '@/charts/palette'
import { useRows } from '@/charts/useRows'
import type { BarRow } from '@/stream/rows'

const SCALE = 'volume'

export function useVolume(
  chart: IChartApi | null,
  palette: Palette | null,
  rows: readonly BarRow[],
  symbol: string,
  timeframe: number,
): void {
  const [series, setSeries] = useState<ISeriesApi<'Histogram'> | null>(null)

  useEffect(() => {
    if (!chart) return
    const priceFormat = { type: 'custom', minMove: 1e-8, formatter: compact } as const
    const quiet = { priceLineVisible: false, lastValueVisible: false }
    setSeries(chart.addSeries(HistogramSeries, { priceScaleId: SCALE, priceFormat, ...quiet }))
    chart.priceScale(SCALE).applyOptions({ scaleMargins: { top: 0.84, bottom: 0 } })
    return () => setSeries(null)
  }, [chart])

  const up = palette ? faded(palette.up, 0.38) : ''
  const down = palette ? faded(palette.down, 0.38) : ''
  const columnOf = useCallback(
    ({ open, close, volume }: BarRow, time: UTCTimestamp) => ({
      time,
      value: Number.isFinite(volume) ? volume : 0,
      color: close >= open ? up : down,
    }),
    [up, down],
  )
  useRows(series, { rows, timeframe, identity: `${symbol} ${up}` }, columnOf)
}
