import assert from 'node:assert/strict'
import { test } from 'node:test'
import { drawnOf, MOST, placesOf, planOf } from '@/charts/plan'

const rows = (...times: number[]) => times.map(time => ({ time }))
const drawn = { identity: 'A', first: 1, last: 3, added: 0 }

const CASES: [name: string, found: object, wanted: object][] = [
  ['the first time everything', planOf(null, rows(1, 2), 'A'), { kind: 'all' }],
  ['then what is new, and the last again', planOf(drawn, rows(1, 2, 3, 4, 5), 'A'), { kind: 'more', from: 2 }],
  ['nothing new is the last again', planOf(drawn, rows(1, 2, 3), 'A'), { kind: 'more', from: 2 }],
  ['another symbol everything', planOf(drawn, rows(1, 2, 3, 4), 'B'), { kind: 'all' }],
  ['older ones everything', planOf(drawn, rows(0, 1, 2, 3), 'A'), { kind: 'all' }],
  ['a trimmed ring goes on', planOf(drawn, rows(2, 3, 4), 'A'), { kind: 'more', from: 1 }],
  ['without the last one everything', planOf(drawn, rows(4, 5), 'A'), { kind: 'all' }],
  ['nothing left everything', planOf(drawn, [], 'A'), { kind: 'all' }],
  ['too many everything', planOf({ ...drawn, added: MOST }, rows(2, 3, 4), 'A'), { kind: 'all' }],
]

for (const [name, found, wanted] of CASES) test(`plan: ${name}`, () => assert.deepEqual(found, wanted))

test('what is added is counted, and everything anew counts for nothing', () => {
  const next = rows(1, 2, 3, 4, 5)
  assert.deepEqual(drawnOf(drawn, planOf(drawn, next, 'A'), next, 'A', 3), { ...drawn, last: 5, added: 2 })
  assert.deepEqual(drawnOf(drawn, { kind: 'all' }, next, 'A', 5), { ...drawn, last: 5, added: 0 })
})

test('missing rows leave their places empty, but not before the one that is drawn again', () => {
  const some = rows(1, 4, 5)
  assert.deepEqual(
    placesOf(some, 0, 1).map(({ time, row }) => [time, row?.time ?? null]),
    [
      [1, 1],
      [2, null],
      [3, null],
      [4, 4],
      [5, 5],
    ],
  )
  assert.deepEqual(placesOf(some, 1, 1), [
    { time: 4, row: some[1] },
    { time: 5, row: some[2] },
  ])
})
