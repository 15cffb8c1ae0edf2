// The equity curve and how far below its highest mark it stands, thinned to what a chart draws smoothly.
import type { Mark } from '@/stream/rows'

export interface CurvePoint {
  time: number
  equity: number
  /** Zero or below, as a share of the highest mark until then. */
  drawdown: number
}

/**
 * Points in full seconds, which is what a chart can place. A close is a millisecond before the second that people call
 * it by, so times are rounded up; what then falls together, or comes late, counts as one point with the last equity.
 */
export function curveOf(marks: readonly Mark[]): CurvePoint[] {
  let peak = Number.NEGATIVE_INFINITY
  const curve: CurvePoint[] = []
  for (const { time, equity } of marks) {
    peak = Math.max(peak, equity)
    const drawdown = peak > 0 ? Math.min(equity / peak - 1, 0) : 0
    const point = { time: Math.ceil(time / 1000) * 1000, equity, drawdown }
    const before = curve.at(-1)
    if (before && point.time <= before.time) curve[curve.length - 1] = merged(before, { ...point, time: before.time })
    else curve.push(point)
  }
  return curve
}

export function deepest(curve: readonly CurvePoint[]): number {
  return curve.reduce((least, point) => Math.min(least, point.drawdown), 0)
}

/**
 * Keep at most about `limit` points: of each stretch of time its last equity and its deepest drawdown. Stretches begin
 * at multiples of their length and lengths double, so that a point that is drawn stays where it is.
 */
export function thinned(curve: readonly CurvePoint[], unit: number, limit: number): CurvePoint[] {
  const first = curve[0]
  const last = curve.at(-1)
  if (!first || !last || curve.length <= limit) return [...curve]
  let step = Math.max(unit, 1)
  while ((last.time - first.time) / step > limit) step *= 2
  const kept: CurvePoint[] = []
  let stretch = Number.NaN
  for (const point of curve) {
    const mine = Math.floor(point.time / step)
    const before = kept.at(-1)
    if (before && mine === stretch) kept[kept.length - 1] = merged(before, point)
    else kept.push(point)
    stretch = mine
  }
  return kept
}

function merged(before: CurvePoint, point: CurvePoint): CurvePoint {
  return { time: point.time, equity: point.equity, drawdown: Math.min(before.drawdown, point.drawdown) }
}
