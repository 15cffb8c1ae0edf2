import assert from 'node:assert/strict'
import { test } from 'node:test'
import { drawnOf, MOST, planOf } from '@/charts/plan'

const rows = (...times: number[]) => times.map(time => ({ time }))
const drawn = { identity: 'A', first: 1, last: 3, count: 3 }

const CASES: [name: string, found: object, wanted: object][] = [
  ['the first time everything', planOf(null, rows(1, 2), 'A'), { kind: 'all' }],
  ['then what is new, and the last again', planOf(drawn, rows(1, 2, 3, 4, 5), 'A'), { kind: 'more', from: 2 }],
  ['nothing new is the last again', planOf(drawn, rows(1, 2, 3), 'A'), { kind: 'more', from: 2 }],
  ['another symbol everything', planOf(drawn, rows(1, 2, 3, 4), 'B'), { kind: 'all' }],
  ['older ones everything', planOf(drawn, rows(0, 1, 2, 3), 'A'), { kind: 'all' }],
  ['a trimmed ring goes on', planOf(drawn, rows(2, 3, 4), 'A'), { kind: 'more', from: 1 }],
  ['without the last one everything', planOf(drawn, rows(4, 5), 'A'), { kind: 'all' }],
  ['nothing left everything', planOf(drawn, [], 'A'), { kind: 'all' }],
  ['too many everything', planOf({ ...drawn, count: MOST }, rows(2, 3, 4), 'A'), { kind: 'all' }],
]

for (const [name, found, wanted] of CASES) test(`plan: ${name}`, () => assert.deepEqual(found, wanted))

test('what is drawn is counted', () => {
  const next = rows(1, 2, 3, 4, 5)
  assert.deepEqual(drawnOf(drawn, planOf(drawn, next, 'A'), next, 'A'), { ...drawn, last: 5, count: 5 })
})
