import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gapBetween, gapsOf, slotsOf } from '@/calc/gaps'

const at = (...times: number[]) => times.map(time => ({ time }))

test('bars that follow one another have no gap', () => assert.deepEqual(gapsOf(at(10, 20, 30), 10), []))

test('a gap says between which bars, and how many are missing', () => {
  assert.deepEqual(gapsOf(at(10, 20, 50, 60, 80), 10), [
    { after: 20, before: 50, bars: 2 },
    { after: 60, before: 80, bars: 1 },
  ])
})

test('nothing is missing before the first bar, nor where the timeframe is not known', () => {
  assert.equal(gapBetween(undefined, { time: 50 }, 10), null)
  assert.deepEqual(gapsOf(at(10, 50), 0), [])
})

test('a slot for every missing bar, and a bounded number for a long gap', () => {
  assert.deepEqual(slotsOf({ after: 20, before: 50, bars: 2 }, 10), [30, 40])
  assert.equal(slotsOf({ after: 0, before: 1e9, bars: 1e6 }, 10).length, 24)
})
