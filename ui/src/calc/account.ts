// What the account's figures come to.
import type { AccountStatus, PositionStatus } from '@/api/types'

export interface Exposure {
  gross: number
  net: number
  /** Gross as a multiple of equity. */
  leverage: number
  open: number
}

export function exposureOf(positions: readonly PositionStatus[], equity: number): Exposure {
  const values = positions.map(one => one.qty * (one.mark ?? one.entry_price ?? 0))
  const gross = values.reduce((sum, value) => sum + Math.abs(value), 0)
  const net = values.reduce((sum, value) => sum + value, 0)
  return { gross, net, leverage: equity > 0 ? gross / equity : 0, open: positions.filter(one => one.qty !== 0).length }
}

export interface Day {
  /** Gained (above zero) or lost since midnight UTC, in quote units and as a share of what the day opened with. */
  change: number
  share: number
  limit: number | null
  /** How much of the limit is used, from 0 to 1; null where there is none. */
  used: number | null
}

export function dayOf(account: AccountStatus): Day {
  const share = account.day_loss === 0 ? 0 : -account.day_loss
  const opened = share > -1 ? account.equity / (1 + share) : account.equity
  const limit = account.day_loss_limit
  const used = limit ? Math.min(Math.max(account.day_loss / limit, 0), 1) : null
  return { change: account.equity - opened, share, limit, used }
}

export function returnOf(account: AccountStatus): number {
  return account.initial > 0 ? account.equity / account.initial - 1 : 0
}
