// Every field of a decision, named for people, its value as it was said.
import type { DecisionRow } from '@/api/types'
import { exact, short, UNKNOWN, whole } from '@/calc/numbers'
import { instant } from '@/calc/times'

const TIMES = new Set(['time', 'start', 'end', 'since', 'open_time', 'close_time'])
const DECIMALS = new Set(['qty', 'price', 'fee', 'stop', 'take_profit'])
const MOST_DIGITS = 8

export function fieldsOf(row: DecisionRow): [name: string, value: string][] {
  const { type, ...said } = row.said
  const flat = 'bar' in said ? { ...said.bar } : said
  return [
    ['message', type],
    ['event time', `${instant(row.at)} UTC`],
    ['input', `${whole(row.seq)}, place ${row.place}`],
    ...Object.entries(flat)
      .filter(([name]) => name !== 'type')
      .map(([name, value]): [string, string] => [name.replaceAll('_', ' '), worded(name, value)]),
  ]
}

function worded(name: string, value: unknown): string {
  if (value === null || value === undefined || value === '') return UNKNOWN
  if (typeof value === 'number') return TIMES.has(name) ? `${instant(value)} UTC` : short(value, MOST_DIGITS)
  if (typeof value === 'string') return DECIMALS.has(name) ? exact(value) : value
  if (typeof value === 'boolean') return value ? 'yes' : 'no'
  return JSON.stringify(value)
}
