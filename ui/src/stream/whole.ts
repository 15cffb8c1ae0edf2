// Whether a frame has everything that is read from it without asking: one that lacks any of it counts as lost.
import type { Snapshot, Update } from '@/api/types'
import { isRecord } from '@/stream/share'

const STATUS = {
  records: ['account', 'lane', 'refusals'],
  lists: ['positions', 'orders', 'feeds', 'channels', 'switched_off'],
}
const BARS = ['open_time', 'open', 'high', 'low', 'close', 'volume']
const EQUITY = ['time', 'equity']

export function isWhole(frame: Snapshot | Update): boolean {
  const named = frame.frame === 'update' || (isRecord(frame.meta) && Array.isArray(frame.meta.symbols))
  return (
    named &&
    has(frame.status, STATUS) &&
    has(frame, { records: ['bars'], lists: ['fills', 'decisions', 'forming'] }) &&
    isCurved(frame)
  )
}

function isCurved({ bars, equity }: Snapshot | Update): boolean {
  return has(equity, { lists: EQUITY }) && Object.values(bars).every(columns => has(columns, { lists: BARS }))
}

function has(value: unknown, { records = [], lists = [] }: { records?: string[]; lists?: string[] }): boolean {
  if (!isRecord(value)) return false
  return records.every(name => isRecord(value[name])) && lists.every(name => Array.isArray(value[name]))
}
