'use client'

import { CandlestickSeries, type IChartApi, type ISeriesApi, type UTCTimestamp } from 'lightweight-charts'
import { useEffect, useState } from 'react'
import type { SymbolMeta } from '@/api/types'
import { fixed } from '@/calc/numbers'
import type { Palette } from '@/charts/palette'
import { useRows } from '@/charts/useRows'
import type { BarRow } from '@/stream/rows'

export type Candles = ISeriesApi<'Candlestick'>

export function useCandles(
  chart: IChartApi | null,
  palette: Palette | null,
  rows: readonly BarRow[],
  meta: SymbolMeta,
  timeframe: number,
): Candles | null {
  const [series, setSeries] = useState<Candles | null>(null)

  useEffect(() => {
    if (!chart) return
    setSeries(chart.addSeries(CandlestickSeries, { priceLineVisible: true, lastValueVisible: true }))
    chart.priceScale('right').applyOptions({ scaleMargins: { top: 0.08, bottom: 0.24 } })
    return () => setSeries(null)
  }, [chart])

  useEffect(() => {
    if (!series || !palette) return
    const { up, down } = palette
    series.applyOptions({ upColor: up, downColor: down, wickUpColor: up, wickDownColor: down, borderVisible: false })
  }, [series, palette])

  const { decimals } = meta
  useEffect(() => {
    const formatter = (price: number) => fixed(price, decimals)
    series?.applyOptions({ priceFormat: { type: 'custom', minMove: 10 ** -decimals, formatter } })
  }, [series, decimals])

  useRows(series, { rows, timeframe, identity: meta.symbol }, candleOf)
  return series
}

function candleOf({ open, high, low, close }: BarRow, time: UTCTimestamp) {
  return { time, open, high, low, close }
}
