// Columns, as they travel, to rows, as charts and tables want them.
import type { Bars, EquityCurve, Forming } from '@/api/types'

export interface BarRow {
  time: number
  open: number
  high: number
  low: number
  close: number
  volume: number
}

export interface Mark {
  time: number
  equity: number
}

const NONE = Number.NaN

export function barRows(columns: Bars): BarRow[] {
  return columns.open_time.map((time, i) => ({
    time,
    open: columns.open[i] ?? NONE,
    high: columns.high[i] ?? NONE,
    low: columns.low[i] ?? NONE,
    close: columns.close[i] ?? NONE,
    volume: columns.volume[i] ?? NONE,
  }))
}

export function rowOf({ open_time, open, high, low, close, volume }: Forming): BarRow {
  return { time: open_time, open, high, low, close, volume }
}

export function marks(columns: EquityCurve): Mark[] {
  return columns.time.map((time, i) => ({ time, equity: columns.equity[i] ?? NONE }))
}
