'use client'

import { useEffect, useState } from 'react'
import type { Gap } from '@/calc/gaps'
import { GapBands } from '@/charts/GapBands'
import { faded, type Palette } from '@/charts/palette'
import type { Candles } from '@/charts/useCandles'

export function useGaps(series: Candles | null, palette: Palette | null, gaps: readonly Gap[]): void {
  const [bands, setBands] = useState<GapBands | null>(null)

  useEffect(() => {
    if (!series) return
    const made = new GapBands()
    series.attachPrimitive(made)
    setBands(made)
    return () => setBands(null)
  }, [series])

  useEffect(() => {
    if (palette) bands?.show(gaps, faded(palette.warn, 0.45))
  }, [bands, palette, gaps])
}
