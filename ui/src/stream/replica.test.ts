import assert from 'node:assert/strict'
import { test } from 'node:test'
import { columns, decision, snapshot, update } from '@/stream/frames'
import { advanced, begun, extended, formingOf, LIMITS, recalled } from '@/stream/replica'

const times = (rows: readonly { time: number }[] | undefined) => rows?.map(row => row.time)

test('updates are folded into the snapshot', () => {
  const first = begun(snapshot(1, { bars: { A: columns(1, 2) }, decisions: [decision(1)] }), 0, null)
  const next = advanced(first, update(2, { bars: { A: columns(3), B: columns(3) }, decisions: [decision(2)] }), 50)
  assert.equal(next.n, 2)
  assert.deepEqual(times(next.bars.A), [1, 2, 3])
  assert.deepEqual(times(next.bars.B), [3])
  assert.deepEqual(
    next.decisions.map(row => row.seq),
    [1, 2],
  )
})

test('what did not change stays the very same object', () => {
  const first = begun(snapshot(1, { bars: { A: columns(1) } }), 0, null)
  const next = advanced(first, update(2), 50)
  assert.equal(next.bars, first.bars)
  assert.equal(next.marks, first.marks)
  assert.equal(next.status.positions, first.status.positions)
})

test('the mark of an instant can be said again', () => {
  const first = begun(snapshot(1, { equity: { time: [1, 2], equity: [10, 11] } }), 0, null)
  const next = advanced(first, update(2, { equity: { time: [2, 3], equity: [12, 13] } }), 50)
  assert.deepEqual(
    next.marks.map(mark => mark.equity),
    [10, 12, 13],
  )
})

test('a snapshot of the same session keeps what goes further back', () => {
  const before = begun(snapshot(1, { bars: { A: columns(1, 2, 3) } }), 0, null)
  assert.deepEqual(times(begun(snapshot(9, { bars: { A: columns(3, 4) } }), 50, before).bars.A), [1, 2, 3, 4])
})

test('a snapshot of another session begins anew', () => {
  const before = begun(snapshot(1, { bars: { A: columns(1, 2, 3) } }), 0, null)
  assert.deepEqual(times(begun(snapshot(9, { bars: { A: columns(3, 4) } }, '0002'), 50, before).bars.A), [3, 4])
})

test('rings are bounded', () => {
  const many = Array.from({ length: LIMITS.bars }, (_, i) => i)
  const first = begun(snapshot(1, { bars: { A: columns(...many) } }), 0, null)
  const next = advanced(first, update(2, { bars: { A: columns(LIMITS.bars) } }), 50)
  assert.equal(next.bars.A?.length, LIMITS.bars)
  assert.equal(next.bars.A?.[0]?.time, 1)
})

test('a forming candle is replaced by the next word about it, and by its close', () => {
  const form = (open_time: number, close: number) => ({
    symbol: 'A',
    open_time,
    open: 1,
    high: 9,
    low: 1,
    close,
    volume: 0,
  })
  const first = begun(snapshot(1, { bars: { A: columns(1) }, forming: [form(2, 5)] }), 0, null)
  assert.equal(formingOf(first, 'A')?.close, 5)
  const moved = advanced(first, update(2, { forming: [form(2, 6)] }), 50)
  assert.equal(formingOf(moved, 'A')?.close, 6)
  const quiet = advanced(moved, update(3), 50)
  assert.equal(quiet.forming, moved.forming)
  const closed = advanced(quiet, update(4, { bars: { A: columns(2) } }), 50)
  assert.equal(formingOf(closed, 'A'), null)
  assert.deepEqual(times(closed.bars.A), [1, 2])
  assert.equal(formingOf(advanced(closed, update(5, { forming: [form(3, 7)] }), 50), 'A')?.time, 3)
})

test('older bars go before, each once', () => {
  const first = begun(snapshot(1, { bars: { A: columns(3, 4) } }), 0, null)
  const row = (time: number) => ({ time, open: 0, high: 0, low: 0, close: 0, volume: 0 })
  assert.deepEqual(times(extended(first, 'A', [row(1), row(2), row(3)]).bars.A), [1, 2, 3, 4])
})

test('older decisions go before, each once, and also those of the same input', () => {
  const first = begun(snapshot(1, { decisions: [decision(5, 1), decision(6)] }), 0, null)
  const after = recalled(first, 'decisions', [decision(4), decision(5), decision(5, 1)])
  assert.deepEqual(
    after.decisions.map(row => [row.seq, row.place]),
    [
      [4, 0],
      [5, 0],
      [5, 1],
      [6, 0],
    ],
  )
})

test('older decisions never push out newer ones', () => {
  const many = Array.from({ length: LIMITS.decisions }, (_, i) => decision(i + 10))
  const first = begun(snapshot(1, { decisions: many }), 0, null)
  assert.deepEqual(recalled(first, 'decisions', [decision(1)]).decisions, many)
})
