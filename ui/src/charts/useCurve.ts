'use client'

import { BaselineSeries, type IChartApi, type ISeriesApi, LineType, type UTCTimestamp } from 'lightweight-charts'
import { useEffect, useState } from 'react'
import type { CurvePoint } from '@/calc/drawdown'
import { fixed, money } from '@/calc/numbers'
import { faded, type Palette } from '@/charts/palette'

type Baseline = ISeriesApi<'Baseline'>

/** Equity above, drawdown below it, on one time axis; always all of it. */
export function useCurve(
  chart: IChartApi | null,
  palette: Palette | null,
  curve: readonly CurvePoint[],
  initial: number,
): void {
  const [pair, setPair] = useState<{ equity: Baseline; drawdown: Baseline } | null>(null)

  useEffect(() => {
    if (!chart) return
    // The newest values stand in the heading: as labels they would cover those of the scale.
    const quiet = { priceLineVisible: false, lastValueVisible: false }
    const common = { lineWidth: 2, lineType: LineType.Simple, ...quiet } as const
    const equity = chart.addSeries(BaselineSeries, { ...common, priceFormat: custom(money) }, 0)
    const drawdown = chart.addSeries(BaselineSeries, { ...common, lineWidth: 1, priceFormat: custom(share) }, 1)
    chart.panes()[0]?.setStretchFactor(3)
    chart.panes()[1]?.setStretchFactor(1.4)
    drawdown.priceScale().applyOptions({ scaleMargins: { top: 0.06, bottom: 0.12 } })
    setPair({ equity, drawdown })
    return () => setPair(null)
  }, [chart])

  useEffect(() => {
    if (!chart) return
    const scale = chart.timeScale()
    const fit = () => scale.fitContent()
    scale.subscribeSizeChange(fit)
    return () => scale.unsubscribeSizeChange(fit)
  }, [chart])

  useEffect(() => {
    if (!pair || !palette) return
    pair.equity.applyOptions({ baseValue: { type: 'price', price: initial }, ...tinted(palette.up, palette.down) })
    pair.drawdown.applyOptions({ baseValue: { type: 'price', price: 0 }, ...tinted(palette.down, palette.down) })
  }, [pair, palette, initial])

  useEffect(() => {
    if (!pair || !chart) return
    pair.equity.setData(curve.map(({ time, equity }) => ({ time: (time / 1000) as UTCTimestamp, value: equity })))
    pair.drawdown.setData(
      curve.map(({ time, drawdown }) => ({ time: (time / 1000) as UTCTimestamp, value: drawdown * 100 })),
    )
    chart.timeScale().fitContent()
  }, [pair, chart, curve])
}

function share(value: number): string {
  return `${fixed(value, 2)}%`
}

function custom(formatter: (value: number) => string) {
  return { type: 'custom', minMove: 0.01, formatter } as const
}

function tinted(above: string, below: string) {
  return {
    topLineColor: above,
    topFillColor1: faded(above, 0.26),
    topFillColor2: faded(above, 0.03),
    bottomLineColor: below,
    bottomFillColor1: faded(below, 0.03),
    bottomFillColor2: faded(below, 0.26),
  }
}
