// What the table of positions shows: each traded symbol, and whatever else is held.
import type { PositionStatus, SymbolMeta } from '@/api/types'

export interface Row {
  key: string
  symbol: SymbolMeta
  strategy: string
  held: PositionStatus | null
  realised: number | null
}

export function positionsOf(symbols: readonly SymbolMeta[], positions: readonly PositionStatus[]): Row[] {
  return symbols.flatMap(symbol => {
    const mine = positions.filter(one => one.symbol === symbol.symbol)
    if (mine.length) return mine.map(one => rowOf(symbol, one))
    return [{ key: symbol.symbol, symbol, strategy: symbol.strategy ?? 'no strategy', held: null, realised: null }]
  })
}

function rowOf(symbol: SymbolMeta, one: PositionStatus): Row {
  const held = one.qty === 0 ? null : one
  const key = one.strategy === symbol.strategy ? symbol.symbol : `${one.strategy}/${one.symbol}`
  return { key, symbol, strategy: one.strategy, held, realised: one.realised }
}
