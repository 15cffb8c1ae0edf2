// What the page knows of the session: a replica, folded from a snapshot and every update after it. Pure.
import type { DecisionRow, FillRow, Forming, Meta, Snapshot, Status, Update } from '@/api/types'
import { isAfter, placeOf } from '@/calc/log'
import { appended, joined } from '@/stream/ring'
import { type BarRow, barRows, type Mark, marks, rowOf } from '@/stream/rows'
import { shared } from '@/stream/share'

/** As many as the daemon itself keeps. */
export const LIMITS = { bars: 5_000, marks: 5_000, fills: 2_000, decisions: 2_000, beats: 32 } as const

/** When the lane was at which input: what its speed is reckoned from. */
export interface Beat {
  heard: number
  seq: number
}

/** What is shown as a list, newest first, and looked back in. */
export interface Lists {
  fills: FillRow
  decisions: DecisionRow
}

export type Listed = keyof Lists

export interface Replica {
  n: number
  meta: Meta
  status: Status
  bars: Readonly<Record<string, readonly BarRow[]>>
  /** Candles that are not over yet, by symbol: for display alone, replaced by whatever comes next. */
  forming: Readonly<Record<string, BarRow>>
  marks: readonly Mark[]
  fills: readonly FillRow[]
  decisions: readonly DecisionRow[]
  beats: readonly Beat[]
}

export function begun(snapshot: Snapshot, heard: number, before: Replica | null): Replica {
  const fresh: Replica = {
    n: snapshot.n,
    meta: snapshot.meta,
    status: snapshot.status,
    bars: mapped(snapshot.bars, barRows),
    forming: formed({}, snapshot.forming),
    marks: marks(snapshot.equity),
    fills: snapshot.fills,
    decisions: snapshot.decisions,
    beats: [{ heard, seq: snapshot.status.lane.seq }],
  }
  return before?.meta.session === fresh.meta.session ? remembering(before, fresh) : fresh
}

export function advanced(replica: Replica, update: Update, heard: number): Replica {
  const fresh = mapped(update.bars, barRows)
  const bars = { ...replica.bars }
  for (const [symbol, rows] of Object.entries(fresh)) bars[symbol] = appended(bars[symbol] ?? [], rows, LIMITS.bars)
  return {
    n: update.n,
    meta: replica.meta,
    status: shared(replica.status, update.status),
    bars: Object.keys(fresh).length ? bars : replica.bars,
    forming: formed(replica.forming, update.forming),
    marks: marked(replica.marks, marks(update.equity)),
    fills: appended(replica.fills, update.fills, LIMITS.fills),
    decisions: appended(replica.decisions, update.decisions, LIMITS.decisions),
    beats: appended(replica.beats, [{ heard, seq: update.status.lane.seq }], LIMITS.beats),
  }
}

/** The candle of a symbol that is not over yet: the one after the last that has closed, if anything is known of it. */
export function formingOf(replica: Replica | null, symbol: string): BarRow | null {
  const row = replica?.forming[symbol]
  const closed = replica?.bars[symbol]?.at(-1)
  return row && !(closed && row.time <= closed.time) ? row : null
}

/** Put older fills or decisions before those that are there, as far as the ring has room. */
export function recalled<K extends Listed>(replica: Replica, kind: K, older: readonly Lists[K][]): Replica {
  const rows = replica[kind] as readonly Lists[K][]
  const first = rows[0]
  const before = first ? older.filter(row => isAfter(placeOf(first), placeOf(row))) : older
  return { ...replica, [kind]: appended(before, rows, LIMITS[kind]) }
}

/** Put older bars before those of `symbol`, as far as the ring has room. */
export function extended(replica: Replica, symbol: string, older: readonly BarRow[]): Replica {
  const rows = replica.bars[symbol] ?? []
  const first = rows[0]?.time ?? Number.POSITIVE_INFINITY
  const before = older.filter(row => row.time < first)
  return { ...replica, bars: { ...replica.bars, [symbol]: appended(before, rows, LIMITS.bars) } }
}

/** What an earlier snapshot of the same session brought goes further back than a new one does. */
function remembering(before: Replica, fresh: Replica): Replica {
  const bars = Object.entries(fresh.bars).map(([symbol, rows]) => [
    symbol,
    joined(before.bars[symbol] ?? [], rows, row => row.time, LIMITS.bars),
  ])
  return {
    ...fresh,
    bars: Object.fromEntries(bars),
    marks: joined(before.marks, fresh.marks, mark => mark.time, LIMITS.marks),
    fills: joined(before.fills, fresh.fills, fill => fill.seq, LIMITS.fills),
    decisions: joined(before.decisions, fresh.decisions, row => row.seq, LIMITS.decisions),
  }
}

/** The mark of an instant can be said again: the last one counts. */
function marked(old: readonly Mark[], fresh: readonly Mark[]): readonly Mark[] {
  const first = fresh[0]
  const repeated = first !== undefined && old.at(-1)?.time === first.time
  return appended(repeated ? old.slice(0, -1) : old, fresh, LIMITS.marks)
}

function formed(old: Replica['forming'], fresh: readonly Forming[]): Replica['forming'] {
  if (!fresh.length) return old
  return { ...old, ...Object.fromEntries(fresh.map(one => [one.symbol, rowOf(one)])) }
}

function mapped<A, B>(record: Record<string, A>, map: (value: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value)]))
}
