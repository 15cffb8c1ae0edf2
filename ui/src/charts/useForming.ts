'use client'

import { CandlestickSeries, type IChartApi, type UTCTimestamp } from 'lightweight-charts'
import { useEffect, useState } from 'react'
import { fixed } from '@/calc/numbers'
import { faded, type Palette } from '@/charts/palette'
import type { Candles } from '@/charts/useCandles'
import { useSame } from '@/charts/useSame'
import type { BarRow } from '@/stream/rows'

const BODY = 0.22

/**
 * The candle that is not over yet, beside the `closed` ones and hollow, so that nobody takes it for one of them. It is a
 * series of its own: what it shows is replaced and never added to. The line at the newest price is its.
 */
export function useForming(
  chart: IChartApi | null,
  palette: Palette | null,
  closed: Candles | null,
  candle: BarRow | null,
  decimals: number,
): void {
  const [series, setSeries] = useState<Candles | null>(null)
  const row = useSame(candle)

  useEffect(() => {
    if (!chart) return
    setSeries(chart.addSeries(CandlestickSeries, { priceLineVisible: true, lastValueVisible: true }))
    return () => setSeries(null)
  }, [chart])

  useEffect(() => {
    if (!series || !palette) return
    const { up, down } = palette
    series.applyOptions({
      upColor: faded(up, BODY),
      downColor: faded(down, BODY),
      borderVisible: true,
      borderUpColor: up,
      borderDownColor: down,
      wickUpColor: up,
      wickDownColor: down,
    })
  }, [series, palette])

  useEffect(() => {
    const formatter = (price: number) => fixed(price, decimals)
    series?.applyOptions({ priceFormat: { type: 'custom', minMove: 10 ** -decimals, formatter } })
  }, [series, decimals])

  useEffect(() => {
    if (!series || !closed) return
    closed.applyOptions({ priceLineVisible: !row, lastValueVisible: !row })
    series.setData(row ? [{ ...row, time: (row.time / 1000) as UTCTimestamp }] : [])
  }, [series, closed, row])
}
