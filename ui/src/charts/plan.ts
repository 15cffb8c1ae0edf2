// Whether a chart can be led on from what it shows, or must be given everything. Pure.

export interface Drawn {
  identity: string
  first: number
  last: number
  /** Points that the chart holds: the library forgets none by itself. */
  count: number
}

export type Plan = { kind: 'all' } | { kind: 'more'; from: number }

interface Timed {
  time: number
}

/** Beyond this many points the chart is given the ring anew, so that it never grows without bound. */
export const MOST = 6_000

export function planOf(drawn: Drawn | null, rows: readonly Timed[], identity: string): Plan {
  const first = rows[0]
  if (!drawn || !first || drawn.identity !== identity || first.time < drawn.first) return { kind: 'all' }
  const from = rows.findLastIndex(row => row.time <= drawn.last)
  if (rows[from]?.time !== drawn.last || drawn.count + rows.length - from > MOST) return { kind: 'all' }
  return { kind: 'more', from }
}

export function drawnOf(before: Drawn | null, plan: Plan, rows: readonly Timed[], identity: string): Drawn | null {
  const first = rows[0]
  const last = rows.at(-1)
  if (!first || !last) return null
  if (plan.kind === 'all' || !before) return { identity, first: first.time, last: last.time, count: rows.length }
  return { ...before, last: last.time, count: before.count + rows.length - plan.from - 1 }
}
