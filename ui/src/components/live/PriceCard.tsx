'use client'

import type { DeepPartial, TimeChartOptions } from 'lightweight-charts'
import { useMemo, useRef } from 'react'
import type { Meta, SymbolMeta } from '@/api/types'
import { gapsOf } from '@/calc/gaps'
import { fillMarks } from '@/calc/markers'
import { fixed } from '@/calc/numbers'
import { minute } from '@/calc/times'
import { usePalette } from '@/charts/palette'
import { useCandles } from '@/charts/useCandles'
import { useChart } from '@/charts/useChart'
import { useForming } from '@/charts/useForming'
import { useGaps } from '@/charts/useGaps'
import { useHeldBack } from '@/charts/useHeldBack'
import { useHovered } from '@/charts/useHovered'
import { useMarkers } from '@/charts/useMarkers'
import { useOnScreen } from '@/charts/useOnScreen'
import { usePriceLines } from '@/charts/usePriceLines'
import { useSame } from '@/charts/useSame'
import { useScrolled } from '@/charts/useScrolled'
import { useVolume } from '@/charts/useVolume'
import { Empty } from '@/components/base/Empty'
import { ChartTools } from '@/components/live/ChartTools'
import { Legend } from '@/components/live/Legend'
import { MarkKey } from '@/components/live/MarkKey'
import { Pace } from '@/components/live/Pace'
import { StaleNote } from '@/components/live/StaleNote'
import { SymbolSwitch } from '@/components/live/SymbolSwitch'
import { useLive } from '@/store/live'
import { fetchBars } from '@/store/past'
import { useSelected } from '@/store/selected'
import { formingOf } from '@/stream/replica'
import type { BarRow } from '@/stream/rows'

const NOTHING: readonly never[] = []
const WAITING: SymbolMeta = { symbol: '', strategy: null, decimals: 2, lot_decimals: 4 }
const OPTIONS: DeepPartial<TimeChartOptions> = {
  rightPriceScale: { minimumWidth: 78 },
  timeScale: {
    timeVisible: true,
    secondsVisible: false,
    barSpacing: 7,
    rightOffset: 8,
    // About a thousand bars at most: more would not be drawn smoothly.
    minBarSpacing: 0.9,
  },
}

export function PriceCard() {
  const meta = useLive(state => state.replica?.meta)
  const symbol = useSelected() ?? WAITING
  const rows = useLive(state => state.replica?.bars[symbol.symbol]) ?? NOTHING
  const forming = useLive(state => formingOf(state.replica, symbol.symbol))
  return (
    <section aria-label="Price" className="flex min-w-0 flex-col rounded-lg border border-line bg-panel">
      <Chart rows={rows} forming={forming} symbol={symbol} meta={meta ?? null} />
    </section>
  )
}

interface Props {
  rows: readonly BarRow[]
  forming: BarRow | null
  symbol: SymbolMeta
  meta: Meta | null
}

function Chart(now: Props) {
  const box = useRef<HTMLDivElement>(null)
  const seen = useOnScreen(box)
  const held = (last: Props) => !seen && last.symbol === now.symbol && last.rows.length > 0
  const { rows, forming, symbol, meta } = useHeldBack(now, held)
  const palette = usePalette()
  const chart = useChart(box, palette, OPTIONS)
  const timeframe = meta?.timeframe_ms ?? 0
  const candles = useCandles(chart, palette, rows, symbol, timeframe)
  useVolume(chart, palette, rows, symbol.symbol, timeframe)
  useForming(chart, palette, candles, forming, symbol.decimals)
  const gaps = useSame(useMemo(() => gapsOf(rows, timeframe), [rows, timeframe]))
  useGaps(candles, palette, gaps)
  useMarkers(candles, palette, useMarks(rows, symbol.symbol, timeframe))
  usePriceLines(candles, palette, useHeld(symbol.symbol))
  const hovered = useHovered(chart)
  const older = useMemo(() => () => fetchBars(symbol.symbol), [symbol.symbol])
  const scrolled = useScrolled(chart, older)
  const last = now.rows.at(-1)
  const under = forming?.time === hovered ? forming : rows.findLast(row => row.time === hovered)
  const shown = hovered === null ? last : under
  return (
    <>
      <header className="flex min-h-12 flex-wrap items-center gap-x-4 gap-y-1 px-3.5 py-1.5">
        <SymbolSwitch />
        <Legend row={shown ?? null} time={hovered ?? last?.time} decimals={symbol.decimals} />
        <ChartTools chart={chart} scrolled={scrolled} />
      </header>
      <div
        role="img"
        aria-label={last ? described(symbol, meta, last, now.forming) : 'Candles: no bars yet'}
        className="relative h-[22rem] border-line border-t lg:h-[25.5rem] 2xl:h-[31rem]"
      >
        <div ref={box} className="absolute inset-0" />
        <StaleNote symbol={symbol.symbol} />
        {meta && !last && (
          <div className="absolute inset-0 z-10 grid">
            <Empty title={`Waiting for the first bar of ${symbol.symbol}`}>
              <Pace />
            </Empty>
          </div>
        )}
        {!meta && <div className="skeleton absolute inset-4 z-10 opacity-50" />}
      </div>
      <MarkKey gap={gaps.at(-1)} timeframe={timeframe} forms={forming !== null} />
    </>
  )
}

function described({ symbol, decimals }: SymbolMeta, meta: Meta | null, last: BarRow, forming: BarRow | null): string {
  const present = forming ? `, the forming one stands at ${fixed(forming.close, decimals)}` : ''
  return `Candles of ${symbol}, ${meta?.timeframe ?? ''}: the newest closed at ${fixed(last.close, decimals)}, opened ${minute(last.time)} UTC${present}`
}

/** New marks only with new fills, or where a bar has come on which one waited to stand. */
function useMarks(rows: readonly BarRow[], symbol: string, timeframe: number) {
  const fills = useLive(state => state.replica?.fills) ?? NOTHING
  const first = rows[0]?.time ?? 0
  const last = rows.at(-1)?.time ?? 0
  const marks = useMemo(
    () => (timeframe ? fillMarks(fills, { symbol, timeframe, first, last }) : NOTHING),
    [fills, symbol, timeframe, first, last],
  )
  return useSame(marks)
}

function useHeld(symbol: string) {
  const positions = useLive(state => state.replica?.status.positions) ?? NOTHING
  return useMemo(() => positions.filter(one => one.symbol === symbol && one.qty !== 0), [positions, symbol])
}
