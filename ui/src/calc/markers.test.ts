import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { FillRow } from '@/api/types'
import { fillMarks } from '@/calc/markers'

const fill = (time: number, more: Partial<FillRow> = {}) =>
  ({ id: `A-${time}`, symbol: 'A', side: 'buy', role: 'entry', time, ...more }) as FillRow
const stretch = { symbol: 'A', timeframe: 100, first: 100, last: 300 }

test('a fill stands on the bar in which it happened', () => {
  assert.deepEqual(
    fillMarks([fill(350), fill(101), fill(299, { side: 'sell', role: 'stop' })], stretch).map(({ time, kind }) => [
      time,
      kind,
    ]),
    [
      [100, 'long'],
      [200, 'stop'],
      [300, 'long'],
    ],
  )
})

test('not on bars that are not drawn, nor of another symbol', () => {
  assert.deepEqual(fillMarks([fill(50), fill(400), fill(200, { symbol: 'B' })], stretch), [])
})

test('entries differ by side', () => {
  assert.equal(fillMarks([fill(100, { side: 'sell' })], stretch)[0]?.kind, 'short')
})
