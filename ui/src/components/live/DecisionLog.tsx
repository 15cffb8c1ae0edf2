'use client'

import { useRef, useState } from 'react'
import type { DecisionRow } from '@/api/types'
import { isAfter, newestOf, type Placed, placeOf, shownOf } from '@/calc/log'
import { type Kind, tell } from '@/calc/wording'
import { useThrottled } from '@/charts/useThrottled'
import { Card } from '@/components/base/Card'
import { Empty } from '@/components/base/Empty'
import { Rows } from '@/components/base/Skeleton'
import { DecisionEntry } from '@/components/live/DecisionEntry'
import { ListEnd } from '@/components/live/ListEnd'
import { LogFilter } from '@/components/live/LogFilter'
import { Newer } from '@/components/live/Newer'
import { Pace } from '@/components/live/Pace'
import { useReading } from '@/components/live/useReading'
import { SLIDE_MS, useSlide } from '@/components/live/useSlide'
import { useLive } from '@/store/live'

const PAGE = 40
const NOTHING: readonly DecisionRow[] = []
const BEGINNING: Placed = { seq: -1, place: 0 }

export function DecisionLog() {
  const rows = useThrottled(
    useLive(state => state.replica?.decisions),
    SLIDE_MS,
  )
  const [kinds, setKinds] = useState<ReadonlySet<Kind>>(new Set())
  const [symbol, setSymbol] = useState('')
  const [since, setSince] = useState<Placed | null>(null)
  if (rows && !since) setSince(newestOf(rows) ?? BEGINNING)
  const { box, anchor, limit, open, on, toggle, lengthen, release, show } = useReading(newest, PAGE)
  const passes = passing(kinds, symbol)
  const shown = shownOf(rows ?? NOTHING, { at: placeOf, passes, anchor, limit })
  const list = useRef<HTMLOListElement>(null)
  const top = shown.rows[0]
  useSlide(list, top ? keyOf(top) : null)
  const filter = <T,>(set: (value: T) => void) => {
    return (value: T) => {
      set(value)
      setSince(null)
      release()
    }
  }
  return (
    <Card
      title="Decision log"
      className="absolute inset-0"
      aside={
        shown.waiting ? (
          <Newer count={shown.waiting} onShow={show} />
        ) : (
          <span className="text-dim text-xs">{anchor ? 'held while you read' : 'newest first'}</span>
        )
      }
    >
      <LogFilter kinds={kinds} onKinds={filter(setKinds)} symbol={symbol} onSymbol={filter(setSymbol)} />
      <div className="relative flex min-h-0 grow flex-col border-line border-t">
        <section
          ref={box}
          {...on}
          aria-label="Decisions"
          tabIndex={0}
          className="focus-inset flex min-h-0 grow flex-col overflow-y-auto overscroll-contain [overflow-anchor:none]"
        >
          {rows ? null : <Rows count={12} label="Loading decisions" />}
          {rows && !shown.rows.length && <NoRows all={rows.length} waiting={shown.waiting} />}
          <ol ref={list}>
            {shown.rows.map(row => {
              const key = keyOf(row)
              const fresh = since !== null && isAfter(row, since)
              return <DecisionEntry key={key} id={key} row={row} open={open.has(key)} fresh={fresh} onToggle={toggle} />
            })}
          </ol>
          {rows && rows.length > 0 && (
            <ListEnd kind="decisions" scroller={box} reading={anchor !== null} more={shown.more} onMore={lengthen} />
          )}
        </section>
      </div>
    </Card>
  )
}

function passing(kinds: ReadonlySet<Kind>, symbol: string): (row: DecisionRow) => boolean {
  if (!kinds.size && !symbol) return () => true
  return row => {
    const line = tell(row.said)
    return (!kinds.size || kinds.has(line.kind)) && (!symbol || line.symbol === symbol)
  }
}

function newest(): Placed | null {
  return newestOf(useLive.getState().replica?.decisions)
}

function keyOf(row: Placed): string {
  return `${row.seq}-${row.place}`
}

function NoRows({ all, waiting }: { all: number; waiting: number }) {
  if (waiting) return <Empty title="Only newer decisions pass this filter" />
  if (all) return <Empty title="No decision passes this filter">Those that come will appear here.</Empty>
  return (
    <Empty title="Nothing has been decided yet">
      Signals, orders, refusals and fills appear here as bars close. <Pace />
    </Empty>
  )
}
