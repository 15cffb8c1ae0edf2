// Frames for tests.
import type { Bars, DecisionRow, Snapshot, Status, Update } from '@/api/types'

export function columns(...times: number[]): Bars {
  return { open_time: times, open: times, high: times, low: times, close: times, volume: times }
}

export function decision(seq: number, place = 0): DecisionRow {
  return { seq, place, at: seq * 1000, said: { type: 'Pause' } }
}

export function status(seq: number): Status {
  const lane = { seq, at: 0, decisions: 0, head: '', p50_ms: null, p99_ms: null, longest_block_ms: 0 }
  const lists = { positions: [], orders: [], feeds: [], channels: [], switched_off: [] }
  return {
    lane,
    account: { entries_blocked: false },
    refusals: {},
    condition: 'running',
    ...lists,
  } as unknown as Status
}

export function snapshot(n: number, more: Partial<Snapshot> = {}, session = '0001'): Snapshot {
  return {
    frame: 'snapshot',
    api_version: 1,
    n,
    meta: { session, page: 'a', symbols: [] } as unknown as Snapshot['meta'],
    status: status(n),
    bars: {},
    equity: { time: [], equity: [] },
    fills: [],
    decisions: [],
    forming: [],
    ...more,
  }
}

export function update(n: number, more: Partial<Update> = {}): Update {
  const empty = { bars: {}, equity: { time: [], equity: [] }, fills: [], decisions: [], forming: [] }
  return { frame: 'update', n, status: status(n), ...empty, ...more }
}
