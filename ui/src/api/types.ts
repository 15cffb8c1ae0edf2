// Short names for what the daemon says; the shapes themselves are made from its OpenAPI document.
import type { components } from '@/api/schema'

type Schemas = components['schemas']

export type Snapshot = Schemas['Snapshot']
export type Update = Schemas['Update']
export type Goodbye = Schemas['Goodbye']
export type Frame = Snapshot | Update | Goodbye

export type Meta = Schemas['Meta']
export type SymbolMeta = Schemas['SymbolMeta']
export type Status = Schemas['Status']
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
export type WiresStatus = Schemas['WiresStatus']
export type CoverageSummary = Schemas['CoverageSummary']
export type SeriesShare = Schemas['SeriesShare']
export type EquityCurve = Schemas['EquityCurve']
export type FillRow = Schemas['FillRow']
export type DecisionRow = Schemas['DecisionRow']
export type Said = DecisionRow['said']
export type SaidType = Said['type']
export type SaidOf<T extends SaidType> = Extract<Said, { type: T }>
