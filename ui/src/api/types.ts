// Short names for what the daemon says; the shapes themselves are made from its OpenAPI document.
import type { components } from '@/api/schema'

type Schemas = components['schemas']

export type Snapshot = Schemas['Snapshot']
export type Update = Schemas['Update']
export type Goodbye = Schemas['Goodbye']
export type Frame = Snapshot | Update | Goodbye

export type Meta = Schemas['Meta']
export type SymbolMeta = Schemas['SymbolMeta']
export type Status = Omit<Schemas['Status'], 'wires'> & { wires?: WiresStatus | null }
export type CoverageSummary = Schemas['CoverageSummary']
export type SeriesShare = Schemas['SeriesShare']
export type Condition = Schemas['Condition']
export type TradingState = Schemas['TradingState']
export type AccountStatus = Schemas['AccountStatus']
export type PositionStatus = Schemas['PositionStatus']
export type OrderStatus = Schemas['OrderStatus']
export type FeedStatus = Schemas['FeedStatus']
export type LaneStatus = Schemas['LaneStatus']
export type ChannelStats = Schemas['ChannelStats']
export type Poison = Schemas['Poison']
export type Bars = Schemas['Bars']
export type Forming = Schemas['Forming']
export type Keeping = Schemas['Keeping']
export type EquityCurve = Schemas['EquityCurve']
export type FillRow = Schemas['FillRow']
export type DecisionRow = Schemas['DecisionRow']
export type Said = DecisionRow['said']
export type SaidType = Said['type']
export type SaidOf<T extends SaidType> = Extract<Said, { type: T }>

/** How the wires to a venue are, counted since the start; absent where nothing is followed live. */
export interface WiresStatus {
  connections: number
  reconnects: number
  stale: readonly string[]
  conflated: number
  repeated_bars: number
  late_bars: number
  weight_used: number
  weight_budget: number
  requests_waited: number
  waited_s: number
  clock_offset_ms: number
}
