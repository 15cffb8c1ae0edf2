'use client'

import { memo, useMemo, useRef } from 'react'
import type { FillRow, SymbolMeta } from '@/api/types'
import { newestOf, type Placed, placeOf, shownOf } from '@/calc/log'
import { fixed, money, whole } from '@/calc/numbers'
import { brief, instant } from '@/calc/times'
import { isProtection, roleTitle } from '@/calc/wording'
import { useThrottled } from '@/charts/useThrottled'
import { Card } from '@/components/base/Card'
import { Empty } from '@/components/base/Empty'
import { Rows } from '@/components/base/Skeleton'
import { ListEnd } from '@/components/live/ListEnd'
import { Newer } from '@/components/live/Newer'
import { Pace } from '@/components/live/Pace'
import { layoutOf } from '@/components/live/Table'
import { useReading } from '@/components/live/useReading'
import { SLIDE_MS, useSlide } from '@/components/live/useSlide'
import { useLive } from '@/store/live'

const PAGE = 30
const NOTHING: readonly FillRow[] = []
const TH = 'sticky top-0 z-[1] bg-panel px-2 pb-1.5 font-medium text-dim text-xs first:pl-3.5 last:pr-3.5'
const TD = 'h-8 whitespace-nowrap border-line border-t px-2 first:pl-3.5 last:pr-3.5'
const TONES: Record<string, string> = { stop: 'text-bad', take_profit: 'text-good' }

export function Fills() {
  const fills = useThrottled(
    useLive(state => state.replica?.fills),
    SLIDE_MS,
  )
  const total = useLive(state => state.replica?.status.fills)
  const { box, anchor, limit, on, lengthen, show } = useReading(newest, PAGE)
  const shown = shownOf(fills ?? NOTHING, { at: placeOf, passes: () => true, anchor, limit })
  return (
    <Card
      title="Fills"
      className="absolute inset-0"
      aside={
        shown.waiting ? (
          <Newer count={shown.waiting} onShow={show} />
        ) : (
          <span key={whole(total).length} className="text-dim text-xs">
            {total !== undefined && `${whole(total)} since the start of the daemon`}
          </span>
        )
      }
    >
      <div className="@container relative min-h-0 grow">
        <section
          ref={box}
          {...on}
          aria-label="Fills, newest first"
          tabIndex={0}
          className="focus-inset absolute inset-0 flex flex-col overflow-y-auto overscroll-contain [overflow-anchor:none]"
        >
          {!fills && <Rows count={8} label="Loading fills" />}
          {fills && !shown.rows.length && (
            <Empty title="Nothing has been bought or sold yet">
              A fill comes with the bar after a strategy has decided to enter. <Pace />
            </Empty>
          )}
          {shown.rows.length > 0 && <List rows={shown.rows} />}
          {shown.rows.length > 0 && (
            <ListEnd kind="fills" scroller={box} reading={anchor !== null} more={shown.more} onMore={lengthen} />
          )}
        </section>
      </div>
    </Card>
  )
}

function List({ rows }: { rows: readonly FillRow[] }) {
  const symbols = useLive(state => state.replica?.meta.symbols)
  const body = useRef<HTMLTableSectionElement>(null)
  useSlide(body, rows[0]?.id ?? null)
  const layout = useMemo(() => layoutOf(rows.flatMap(fill => textsOf(fill, symbols))), [rows, symbols])
  return (
    <table className={`w-full text-right ${layout}`}>
      <thead>
        <tr>
          <th className={`${TH} w-[6.5rem] text-left`}>Time</th>
          <th className={`${TH} w-[4.6rem] text-left`}>Symbol</th>
          <th className={`${TH} w-12 text-left`}>Side</th>
          <th className={`${TH} w-[5.4rem] text-left @max-sm:hidden`}>Role</th>
          <th className={`${TH} w-20 @max-md:hidden`}>Quantity</th>
          <th className={`${TH} @md:w-[5.4rem]`}>Price</th>
          <th className={`${TH} w-14 @max-lg:hidden`}>Fee</th>
          <th className={`${TH} text-left @max-2xl:hidden`}>Reason</th>
        </tr>
      </thead>
      <tbody ref={body}>
        {rows.map(fill => (
          <Line key={fill.id} fill={fill} symbol={symbolOf(fill, symbols)} />
        ))}
      </tbody>
    </table>
  )
}

type Symbols = readonly SymbolMeta[] | undefined

function symbolOf(fill: FillRow, symbols: Symbols): SymbolMeta | undefined {
  return symbols?.find(one => one.symbol === fill.symbol)
}

const quantity = (fill: FillRow, symbol: SymbolMeta | undefined) => fixed(fill.qty, symbol?.lot_decimals ?? 4)
const price = (fill: FillRow, symbol: SymbolMeta | undefined) => fixed(fill.price, symbol?.decimals ?? 2)

function textsOf(fill: FillRow, symbols: Symbols): string[] {
  const symbol = symbolOf(fill, symbols)
  return [fill.symbol, quantity(fill, symbol), price(fill, symbol)]
}

/** Fills never change: a row is drawn once. */
const Line = memo(({ fill, symbol }: { fill: FillRow; symbol: SymbolMeta | undefined }) => {
  const buy = fill.side === 'buy'
  return (
    <tr data-key={fill.id}>
      <td className={`${TD} text-left text-dim`}>
        <time title={`${instant(fill.time)} UTC, input ${fill.seq}`}>{brief(fill.time)}</time>
      </td>
      <td className={`${TD} text-left font-medium`}>
        <div className="max-w-36 truncate" title={fill.symbol}>
          {fill.symbol}
        </div>
      </td>
      <td className={`${TD} text-left ${buy ? 'text-up' : 'text-down'}`}>{fill.side}</td>
      <td className={`${TD} text-left [font-variant-numeric:normal] @max-sm:hidden ${TONES[fill.role] ?? ''}`}>
        {roleTitle(fill.role)}
      </td>
      <td className={`${TD} @max-md:hidden`}>{quantity(fill, symbol)}</td>
      <td className={TD}>{price(fill, symbol)}</td>
      <td className={`${TD} text-dim @max-lg:hidden`}>{money(fill.fee)}</td>
      <td className={`${TD} text-left text-dim @max-2xl:hidden`}>
        <div className="truncate" title={fill.reason}>
          {isProtection(fill.role) ? '' : fill.reason}
        </div>
      </td>
    </tr>
  )
})

function newest(): Placed | null {
  return newestOf(useLive.getState().replica?.fills)
}
