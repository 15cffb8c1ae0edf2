// Which lines of a growing log are shown: those that pass the filter, newest first, and none newer than the anchor.
import type { DecisionRow, FillRow } from '@/api/types'

export interface Placed {
  seq: number
  place: number
}

export interface Shown<T> {
  rows: readonly T[]
  /** Rows that pass the filter but are newer than what is being read. */
  waiting: number
  /** Whether older ones that are there are left off. */
  more: boolean
}

export interface Reading<T> {
  at: (row: T) => Placed
  passes: (row: T) => boolean
  /** Nothing newer than this is shown; null shows everything. */
  anchor: Placed | null
  limit: number
}

/** `all` is oldest first. */
export function shownOf<T>(all: readonly T[], { at, passes, anchor, limit }: Reading<T>): Shown<T> {
  const rows: T[] = []
  let waiting = 0
  for (let i = all.length - 1; i >= 0; i -= 1) {
    const row = all[i]
    if (row === undefined || !passes(row)) continue
    if (anchor && isAfter(at(row), anchor)) waiting += 1
    else if (rows.length === limit) return { rows, waiting, more: true }
    else rows.push(row)
  }
  return { rows, waiting, more: false }
}

/** One input can bring several fills: their ids count up. */
export function placeOf(row: DecisionRow | FillRow): Placed {
  return { seq: row.seq, place: 'place' in row ? row.place : Number(/\d+$/.exec(row.id)?.[0] ?? 0) }
}

export function newestOf(rows: readonly (DecisionRow | FillRow)[] | undefined): Placed | null {
  const row = rows?.at(-1)
  return row ? placeOf(row) : null
}

export function isAfter(one: Placed, other: Placed): boolean {
  return one.seq > other.seq || (one.seq === other.seq && one.place > other.place)
}
