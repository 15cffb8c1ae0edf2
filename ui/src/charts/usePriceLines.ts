'use client'

import { LineStyle } from 'lightweight-charts'
import { useEffect } from 'react'
import type { PositionStatus } from '@/api/types'
import type { Palette } from '@/charts/palette'
import type { Candles } from '@/charts/useCandles'
import { useSame } from '@/charts/useSame'

interface Level {
  price: number | null
  title: string
  color: keyof Palette
  lineStyle: LineStyle
}

/** Entry, stop and take-profit of what is held, as lines with their price on the scale; new ones only where they move. */
export function usePriceLines(
  series: Candles | null,
  palette: Palette | null,
  positions: readonly PositionStatus[],
): void {
  const levels = useSame(positions.flatMap(levelsOf))
  useEffect(() => {
    if (!series || !palette) return
    const lines = levels.flatMap(({ price, title, color, lineStyle }) => {
      if (price === null) return []
      const look = { lineWidth: 1, lineStyle, axisLabelVisible: true } as const
      return [
        series.createPriceLine({ price, title, color: palette[color], axisLabelTextColor: palette.panel, ...look }),
      ]
    })
    return () => {
      for (const line of lines) series.removePriceLine(line)
    }
  }, [series, palette, levels])
}

function levelsOf(position: PositionStatus): Level[] {
  const side = position.qty > 0 ? 'long' : 'short'
  return [
    { price: position.entry_price, title: `entry ${side}`, color: 'dim', lineStyle: LineStyle.Solid },
    { price: position.stop, title: 'stop', color: 'bad', lineStyle: LineStyle.Dashed },
    { price: position.take_profit, title: 'target', color: 'good', lineStyle: LineStyle.Dashed },
  ]
}
