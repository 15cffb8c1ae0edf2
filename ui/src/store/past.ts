// What is older than the snapshot brought, fetched when somebody looks back, as far as the rings have room.
import { barsBefore, decisionsBefore, fillsBefore } from '@/api/client'
import { useLive } from '@/store/live'
import { extended, LIMITS, type Listed, type Lists, recalled } from '@/stream/replica'
import { barRows } from '@/stream/rows'

const PAGE = { bars: 1_000, fills: 250, decisions: 250 } as const

/** Returns whether there were any. */
export async function fetchBars(symbol: string): Promise<boolean> {
  const rows = useLive.getState().replica?.bars[symbol] ?? []
  const first = rows[0]
  const room = LIMITS.bars - rows.length
  if (!first || room <= 0) return false
  const older = barRows(await barsBefore(symbol, first.time, Math.min(room, PAGE.bars)))
  if (older.length) useLive.setState(({ replica }) => ({ replica: replica && extended(replica, symbol, older) }))
  return older.length > 0
}

/** Returns whether there were any. */
export function fetchListed(kind: Listed): Promise<boolean> {
  return kind === 'fills' ? fetched('fills', fillsBefore) : fetched('decisions', decisionsBefore)
}

type Source<T> = (before: number, limit: number) => Promise<T[]>

async function fetched<K extends Listed>(kind: K, source: Source<Lists[K]>): Promise<boolean> {
  const found = useLive.getState().replica?.[kind]
  const first = found?.[0]
  const room = LIMITS[kind] - (found?.length ?? 0)
  if (!first || room <= 0) return false
  // The input of the oldest row may have brought more than is here of it, so it is asked for again.
  const older = await source(first.seq + 1, Math.min(room, PAGE[kind]))
  const before = useLive.getState().replica
  if (!before || before[kind][0] !== first) return true
  const after = recalled(before, kind, older)
  if (after[kind].length === before[kind].length) return false
  useLive.setState({ replica: after })
  return true
}
