import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BEHIND, delayOf, GOING_DOWN, HOLE, reasonOf } from '@/stream/retry'

test('a hole and falling behind are healed at once, but only once', () => {
  assert.equal(delayOf(HOLE, 0), 0)
  assert.equal(delayOf(BEHIND, 0), 0)
  assert.ok(delayOf(HOLE, 1) > 0)
})

test('waits grow from half a second to five', () => {
  const waits = Array.from({ length: 8 }, (_, attempt) => delayOf(GOING_DOWN, attempt, 1))
  assert.deepEqual(waits, [500, 1_000, 2_000, 4_000, 5_000, 5_000, 5_000, 5_000])
})

test('every going has a name', () => {
  for (const code of [1000, 1001, 1006, 1008, 1013, 4008, 4900, 4901]) assert.match(reasonOf(code, ''), /\.$/)
})
