'use client'

import { fixed, signed, UNKNOWN, whole } from '@/calc/numbers'
import { Card } from '@/components/base/Card'
import { Fact, Line } from '@/components/live/Fact'
import { useLive } from '@/store/live'

/** How the wires to a venue are. A session on recorded data has none. */
export function Wires() {
  const wires = useLive(state => state.replica?.status.wires)
  if (!wires) return null
  const { connections, reconnects, stale } = wires
  return (
    <Card
      title="Wires"
      aside={<span className="truncate text-dim text-xs">since the start; weight a minute, clock against ours</span>}
    >
      <dl className="grid grid-cols-2 gap-x-6 px-3.5 pb-2 sm:grid-cols-4">
        <Fact name="Connections">{whole(connections)}</Fact>
        <Fact name="Reconnects">{whole(reconnects)}</Fact>
        <Fact name="Weight used">{`${whole(wires.weight_used)} of ${whole(wires.weight_budget)}`}</Fact>
        <Fact name="Requests waited">{`${fixed(wires.waited_s, 1)} s`}</Fact>
        <Fact name="Venue’s clock">{clockText(wires.clock_offset_ms)}</Fact>
        <Fact name="Conflated">{whole(wires.conflated)}</Fact>
        <Fact name="Told again">{whole(wires.repeated_bars)}</Fact>
        <Fact name="Late bars">{whole(wires.late_bars)}</Fact>
      </dl>
      <Line title="Stale">
        {stale.length ? (
          stale.map(symbol => (
            <li key={symbol} className="text-warn">
              {symbol}
            </li>
          ))
        ) : (
          <li className="text-dim">{connections ? 'no symbol' : UNKNOWN}</li>
        )}
      </Line>
    </Card>
  )
}

function clockText(offsetMs: number | null): string {
  return offsetMs === null ? 'its own' : `${signed(offsetMs, 0)} ms`
}
