'use client'

import {
  ColorType,
  CrosshairMode,
  createChart,
  type DeepPartial,
  type IChartApi,
  type TimeChartOptions,
} from 'lightweight-charts'
import { type RefObject, useEffect, useState } from 'react'
import { minute } from '@/calc/times'
import type { Palette } from '@/charts/palette'

/** A chart in `box`, as large as the box, in the colours of the theme. Null before there is one. */
export function useChart(
  box: RefObject<HTMLElement | null>,
  palette: Palette | null,
  options: DeepPartial<TimeChartOptions>,
): IChartApi | null {
  const [chart, setChart] = useState<IChartApi | null>(null)

  useEffect(() => {
    if (!box.current) return
    const made = createChart(box.current, { ...COMMON, ...options })
    setChart(made)
    return () => {
      setChart(null)
      made.remove()
    }
  }, [box, options])

  useEffect(() => {
    if (chart && palette) chart.applyOptions(themed(palette))
  }, [chart, palette])

  return chart
}

const COMMON: DeepPartial<TimeChartOptions> = {
  autoSize: true,
  crosshair: { mode: CrosshairMode.Normal },
  localization: { locale: 'en-US', timeFormatter: (time: unknown) => `${minute(Number(time) * 1000)} UTC` },
  // The page says in its footer whose charts these are.
  layout: { attributionLogo: false },
}

function themed(palette: Palette): DeepPartial<TimeChartOptions> {
  const cross = { color: palette.dim, labelBackgroundColor: palette.line }
  return {
    layout: {
      background: { type: ColorType.Solid, color: palette.panel },
      textColor: palette.dim,
      fontFamily: getComputedStyle(document.body).fontFamily,
      fontSize: 11,
      panes: { separatorColor: palette.line, separatorHoverColor: palette.line, enableResize: false },
    },
    grid: { vertLines: { color: palette.grid }, horzLines: { color: palette.grid } },
    crosshair: { vertLine: cross, horzLine: cross },
    rightPriceScale: { borderColor: palette.line, entireTextOnly: true },
    timeScale: { borderColor: palette.line },
  }
}
