'use client'

import type { DeepPartial, TimeChartOptions } from 'lightweight-charts'
import { useMemo, useRef } from 'react'
import { curveOf, deepest, thinned } from '@/calc/drawdown'
import { money, percent } from '@/calc/numbers'
import { minute } from '@/calc/times'
import { usePalette } from '@/charts/palette'
import { useChart } from '@/charts/useChart'
import { useCurve } from '@/charts/useCurve'
import { useHeldBack } from '@/charts/useHeldBack'
import { useHovered } from '@/charts/useHovered'
import { useOnScreen } from '@/charts/useOnScreen'
import { useThrottled } from '@/charts/useThrottled'
import { Card } from '@/components/base/Card'
import { Empty } from '@/components/base/Empty'
import { shapeOf } from '@/components/base/Figure'
import { Pace } from '@/components/live/Pace'
import { useLive } from '@/store/live'

const NOTHING: readonly never[] = []
const POINTS = 900
/** All of the curve is drawn anew each time. */
const EVERY_MS = 500
const OPTIONS: DeepPartial<TimeChartOptions> = {
  timeScale: { timeVisible: true, secondsVisible: false, minBarSpacing: 0.01, fixLeftEdge: true, fixRightEdge: true },
  rightPriceScale: { minimumWidth: 78 },
  handleScroll: false,
  handleScale: false,
}

export function EquityCard() {
  const box = useRef<HTMLDivElement>(null)
  const known = useLive(state => state.replica !== null)
  const marks = useThrottled(useLive(state => state.replica?.marks) ?? NOTHING, EVERY_MS)
  const unit = useLive(state => state.replica?.meta.timeframe_ms) ?? 1
  const initial = useLive(state => state.replica?.status.account.initial) ?? 0
  const curve = useMemo(() => curveOf(marks), [marks])
  const seen = useOnScreen(box)
  const shown = useHeldBack(curve, last => !seen && last.length > 0)
  const drawn = useMemo(() => thinned(shown, unit, POINTS), [shown, unit])
  const palette = usePalette()
  const chart = useChart(box, palette, OPTIONS)
  useCurve(chart, palette, drawn, initial)
  const hovered = useHovered(chart)
  const at = hovered === null ? undefined : drawn.find(point => point.time === hovered)
  const point = at ?? curve.at(-1)
  const worst = deepest(curve)
  const label = point
    ? `Equity ${money(point.equity)}, drawdown ${percent(point.drawdown)}, deepest ${percent(worst)}`
    : 'Equity: no marks yet'
  return (
    <Card
      title="Equity and drawdown"
      aside={
        // Another element once any of it is longer, as every Figure is: nothing that is seen moves.
        <p key={shapeOf(label)} className="flex flex-wrap justify-end gap-x-3 text-right text-xs tabular-nums">
          <span className="text-dim max-md:hidden">{minute(point?.time)}</span>
          <span className="whitespace-nowrap font-medium">{money(point?.equity)}</span>
          <span className={`whitespace-nowrap ${point?.drawdown ? 'text-down' : 'text-dim'}`}>
            {percent(point?.drawdown)}
          </span>
          <span className="whitespace-nowrap text-dim max-sm:hidden">deepest {percent(point && worst)}</span>
        </p>
      }
    >
      <div role="img" aria-label={label} className="relative h-64 border-line border-t">
        <div ref={box} className="absolute inset-0" />
        {!point && known && (
          <div className="absolute inset-0 z-10 grid">
            <Empty title="The curve begins with the first close">
              <Pace />
            </Empty>
          </div>
        )}
        {!known && <div className="skeleton absolute inset-4 z-10 opacity-50" />}
      </div>
    </Card>
  )
}
