'use client'

import { useEffect, useState } from 'react'
import { useTheme } from '@/store/theme'

const NAMES = ['panel', 'grid', 'line', 'ink', 'dim', 'brand', 'up', 'down', 'good', 'warn', 'bad'] as const

export type Palette = Record<(typeof NAMES)[number], string>

/** The colours of the theme as a canvas wants them; null before the page is drawn. */
export function usePalette(): Palette | null {
  const dark = useTheme(state => state.dark)
  const [palette, setPalette] = useState<Palette | null>(null)
  // biome-ignore lint/correctness/useExhaustiveDependencies: the style sheet answers differently once the theme changes
  useEffect(() => setPalette(read()), [dark])
  return palette
}

/** Let the browser work out what `light-dark()` comes to. */
function read(): Palette {
  const probe = document.createElement('span')
  document.body.append(probe)
  const found = NAMES.map(name => {
    probe.style.color = `var(--${name})`
    return [name, getComputedStyle(probe).color]
  })
  probe.remove()
  return Object.fromEntries(found) as Palette
}

/** `rgb(1, 2, 3)` with an alpha. */
export function faded(color: string, alpha: number): string {
  return color.replace(/^rgb\((.*)\)$/, `rgba($1, ${alpha})`)
}
