// Fills as marks on the bars in which they happened.
import type { FillRow } from '@/api/types'

export type MarkKind = 'long' | 'short' | 'exit' | 'stop' | 'take_profit' | 'liquidation'

export interface FillMark {
  id: string
  /** Open time of the bar. */
  time: number
  kind: MarkKind
  side: 'buy' | 'sell'
}

export interface Stretch {
  symbol: string
  timeframe: number
  /** Open times of the first and the last bar that are drawn. */
  first: number
  last: number
}

/** Marks of one symbol, oldest first; a fill inside a bar that has not closed yet has nowhere to stand. */
export function fillMarks(fills: readonly FillRow[], { symbol, timeframe, first, last }: Stretch): FillMark[] {
  const found: FillMark[] = []
  for (const fill of fills) {
    const time = Math.floor(fill.time / timeframe) * timeframe
    if (fill.symbol !== symbol || time < first || time > last) continue
    found.push({ id: fill.id, time, kind: kindOf(fill), side: fill.side })
  }
  return found.sort((a, b) => a.time - b.time)
}

function kindOf(fill: FillRow): MarkKind {
  if (fill.role === 'entry') return fill.side === 'buy' ? 'long' : 'short'
  return fill.role
}
