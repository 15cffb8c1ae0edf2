'use client'

import {
  createSeriesMarkers,
  type ISeriesMarkersPluginApi,
  type SeriesMarker,
  type Time,
  type UTCTimestamp,
} from 'lightweight-charts'
import { useEffect, useState } from 'react'
import type { FillMark, MarkKind } from '@/calc/markers'
import type { Palette } from '@/charts/palette'
import type { Candles } from '@/charts/useCandles'

type Look = Pick<SeriesMarker<Time>, 'shape'> & { text: string; color: keyof Palette }

/** Each kind differs in shape or letter, not in colour alone. */
const LOOKS: Record<MarkKind, Look> = {
  long: { shape: 'arrowUp', text: 'L', color: 'up' },
  short: { shape: 'arrowDown', text: 'S', color: 'down' },
  exit: { shape: 'circle', text: 'X', color: 'ink' },
  stop: { shape: 'square', text: 'SL', color: 'bad' },
  liquidation: { shape: 'square', text: 'LIQ', color: 'bad' },
  take_profit: { shape: 'circle', text: 'TP', color: 'good' },
}

export function useMarkers(series: Candles | null, palette: Palette | null, marks: readonly FillMark[]): void {
  const [plugin, setPlugin] = useState<ISeriesMarkersPluginApi<Time> | null>(null)

  useEffect(() => {
    if (!series) return
    setPlugin(createSeriesMarkers(series, []))
    return () => setPlugin(null)
  }, [series])

  useEffect(() => {
    if (plugin && palette) plugin.setMarkers(marks.map(mark => drawn(mark, palette)))
  }, [plugin, palette, marks])
}

function drawn({ id, time, kind, side }: FillMark, palette: Palette): SeriesMarker<Time> {
  const { shape, text, color } = LOOKS[kind]
  const position = side === 'buy' ? 'belowBar' : 'aboveBar'
  return { id, time: (time / 1000) as UTCTimestamp, position, shape, text, color: palette[color], size: 1 }
}
