// Why risk said no, in words: what each rule measured and what it allows.
import { fixed, type Maybe, money, percent, short } from '@/calc/numbers'
import { duration } from '@/calc/times'

interface Rule {
  title: string
  tell: (measured: Maybe, limit: Maybe) => string
}

export interface Breach {
  rule: string
  /** Infinite or not a number travels as null. */
  measured: Maybe
  limit: Maybe
}

const RULES: Readonly<Record<string, Rule>> = {
  trading_state: { title: 'trading state', tell: () => 'trading is not active' },
  stale_data: { title: 'stale data', tell: measured => `no data for ${duration(measured)}` },
  clock_stepped: { title: 'clock', tell: measured => `the clock moved by ${short(measured, 0)} ms` },
  daily_loss: {
    title: 'daily loss',
    tell: (measured, limit) => `${percent(measured)} lost today, the limit is ${percent(limit)}`,
  },
  allow_short: { title: 'no shorts', tell: measured => `target ${short(measured, 2)}, but shorts are not allowed` },
  no_price: { title: 'no price', tell: () => 'no price is known yet' },
  stop_side: {
    title: 'stop side',
    tell: (measured, limit) => `stop ${short(measured, 8)} is on the wrong side of the price ${short(limit, 8)}`,
  },
  max_leverage: {
    title: 'leverage',
    tell: (measured, limit) => `would be ${fixed(measured, 2)}× equity in all, the limit is ${fixed(limit, 2)}×`,
  },
  max_symbol_exposure: {
    title: 'symbol exposure',
    tell: (measured, limit) => `would be ${fixed(measured, 2)}× equity in it, the limit is ${fixed(limit, 2)}×`,
  },
  max_order_notional: {
    title: 'order size',
    tell: (measured, limit) => `an order of ${money(measured)}, the limit is ${money(limit)}`,
  },
  lot: {
    title: 'lot',
    tell: (measured, limit) => `${short(measured, 8)} is less than one lot of ${short(limit, 8)}`,
  },
  market_lot: {
    title: 'largest market order',
    tell: (measured, limit) => `${short(measured, 8)} is more than the venue takes at once, ${short(limit, 8)}`,
  },
  min_notional: {
    title: 'smallest order',
    tell: (measured, limit) => `${money(measured)} is less than the smallest order of ${money(limit)}`,
  },
  no_position: { title: 'no position', tell: () => 'nothing is held that could be closed' },
}

export function ruleTitle(rule: string): string {
  return RULES[rule]?.title ?? rule.replaceAll('_', ' ')
}

export function breachText({ rule, measured, limit }: Breach): string {
  return RULES[rule]?.tell(measured, limit) ?? `measured ${short(measured, 8)}, limit ${short(limit, 8)}`
}
