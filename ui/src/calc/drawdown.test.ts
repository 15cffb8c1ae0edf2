import assert from 'node:assert/strict'
import { test } from 'node:test'
import { curveOf, deepest, thinned } from '@/calc/drawdown'

test('drawdown is measured from the highest mark until then', () => {
  const curve = curveOf([100, 120, 90, 130].map((equity, i) => ({ time: i * 1000, equity })))
  assert.deepEqual(
    curve.map(point => point.drawdown),
    [0, 0, -0.25, 0],
  )
  assert.equal(deepest(curve), -0.25)
})

test('a close and a fill in the same second are one point', () => {
  const curve = curveOf([
    { time: 1_799_999, equity: 100 },
    { time: 1_800_000, equity: 99 },
    { time: 1_799_000, equity: 98 },
  ])
  assert.equal(curve.length, 1)
  assert.deepEqual([curve[0]?.time, curve[0]?.equity], [1_800_000, 98])
})

test('thinning keeps the last equity, the deepest drawdown and the order', () => {
  const marks = Array.from({ length: 5_000 }, (_, i) => ({ time: i * 60_000, equity: 100 + Math.sin(i / 50) * 10 }))
  const curve = curveOf(marks)
  const thin = thinned(curve, 60_000, 900)
  assert.ok(thin.length <= 902 && thin.length > 400)
  assert.equal(thin.at(-1)?.equity, curve.at(-1)?.equity)
  assert.equal(deepest(thin), deepest(curve))
  assert.ok(thin.every((point, i) => i === 0 || point.time > (thin[i - 1]?.time ?? 0)))
})

test('a short curve is drawn as it is', () => {
  const curve = curveOf([{ time: 1_000, equity: 5 }])
  assert.deepEqual(thinned(curve, 1, 10), curve)
})
