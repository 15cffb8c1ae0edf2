import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Placed, shownOf } from '@/calc/log'

const row = (seq: number, place = 0): Placed => ({ seq, place })
const ALL = [row(1), row(2), row(2, 1), row(3)]
const base = { at: (one: Placed) => one, passes: () => true, anchor: null, limit: 10 }

test('newest first', () => assert.deepEqual(shownOf(ALL, base).rows, [...ALL].reverse()))

test('nothing newer than the anchor, and how many wait', () => {
  const shown = shownOf(ALL, { ...base, anchor: row(2, 0) })
  assert.deepEqual(shown.rows, [row(2), row(1)])
  assert.equal(shown.waiting, 2)
})

test('the limit leaves older ones off, and says so', () => {
  assert.deepEqual(shownOf(ALL, { ...base, limit: 2 }), { rows: [row(3), row(2, 1)], waiting: 0, more: true })
  assert.equal(shownOf(ALL, { ...base, limit: 4 }).more, false)
})

test('what does not pass neither waits nor counts', () => {
  const shown = shownOf(ALL, { ...base, passes: one => one.seq === 2, anchor: row(1) })
  assert.deepEqual(shown, { rows: [], waiting: 2, more: false })
})
