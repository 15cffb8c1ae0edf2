// Whether a chart can be led on from what it shows, or must be given everything. Pure.
import { gapBetween, slotsOf } from '@/calc/gaps'

export interface Drawn {
  identity: string
  first: number
  last: number
  /** Points that were added one by one since everything was set: the library forgets none by itself. */
  added: number
}

export type Plan = { kind: 'all' } | { kind: 'more'; from: number }

interface Timed {
  time: number
}

/** After this many added points the chart is given the ring anew, so that it never grows without bound. */
export const MOST = 400

export function planOf(drawn: Drawn | null, rows: readonly Timed[], identity: string): Plan {
  const first = rows[0]
  if (!drawn || !first || drawn.identity !== identity || first.time < drawn.first) return { kind: 'all' }
  const from = rows.findLastIndex(row => row.time <= drawn.last)
  if (rows[from]?.time !== drawn.last || drawn.added + rows.length - from > MOST) return { kind: 'all' }
  return { kind: 'more', from }
}

export function drawnOf(
  before: Drawn | null,
  plan: Plan,
  rows: readonly Timed[],
  identity: string,
  points: number,
): Drawn | null {
  const first = rows[0]
  const last = rows.at(-1)
  if (!first || !last) return null
  if (plan.kind === 'all' || !before) return { identity, first: first.time, last: last.time, added: 0 }
  return { ...before, last: last.time, added: before.added + points - 1 }
}

/** A row, or a slot that stays empty. */
export type Placed<R> = { time: number; row: R | null }

/** Rows from number `from` on, in their places: missing ones leave theirs empty. */
export function placesOf<R extends Timed>(rows: readonly R[], from: number, timeframe: number): Placed<R>[] {
  return rows.slice(from).flatMap((row, i) => {
    const gap = i > 0 ? gapBetween(rows[from + i - 1], row, timeframe) : null
    const empty = gap ? slotsOf(gap, timeframe).map(time => ({ time, row: null })) : []
    return [...empty, { time: row.time, row }]
  })
}
