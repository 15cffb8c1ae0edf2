import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AccountStatus, PositionStatus } from '@/api/types'
import { dayOf, exposureOf } from '@/calc/account'

const account = (more: Partial<AccountStatus>) =>
  ({ equity: 950, day_loss: 0.05, day_loss_limit: 0.1, ...more }) as AccountStatus
const position = (qty: number, mark: number | null) => ({ qty, mark, entry_price: 10 }) as PositionStatus

test('the day says what was lost and how much of the limit that is', () => {
  const day = dayOf(account({}))
  assert.ok(Math.abs(day.change + 50) < 1e-9)
  assert.deepEqual([day.share, day.used], [-0.05, 0.5])
})

test('a gain uses nothing of the limit, and a breach all of it', () => {
  assert.equal(dayOf(account({ day_loss: -0.02 })).used, 0)
  assert.equal(dayOf(account({ day_loss: 0.3 })).used, 1)
  assert.equal(dayOf(account({ day_loss_limit: null })).used, null)
})

test('exposure counts both sides, at the entry price where there is no mark', () => {
  const found = exposureOf([position(2, 20), position(-3, null)], 100)
  assert.deepEqual(found, { gross: 70, net: 10, leverage: 0.7, open: 2 })
})
