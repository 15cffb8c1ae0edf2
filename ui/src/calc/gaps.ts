// Where bars are missing. A chart places bars one after the other: what is missing must be given room to be seen.

export interface Gap {
  /** Open times of the bars before and after it. */
  after: number
  before: number
  /** How many bars are missing. */
  bars: number
}

interface Timed {
  time: number
}

/** A longer gap gets no more room than this many bars have. */
const MOST_SLOTS = 24

export function gapBetween(one: Timed | undefined, next: Timed, timeframe: number): Gap | null {
  if (!one || timeframe <= 0) return null
  const bars = Math.round((next.time - one.time) / timeframe) - 1
  return bars > 0 ? { after: one.time, before: next.time, bars } : null
}

/** Oldest first. */
export function gapsOf(rows: readonly Timed[], timeframe: number): Gap[] {
  return rows.flatMap((row, i) => gapBetween(rows[i - 1], row, timeframe) ?? [])
}

/** Times at which nothing stands, between the two bars. */
export function slotsOf({ after, bars }: Gap, timeframe: number): number[] {
  return Array.from({ length: Math.min(bars, MOST_SLOTS) }, (_, i) => after + (i + 1) * timeframe)
}
