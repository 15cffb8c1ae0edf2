'use client'

import { fixed, whole } from '@/calc/numbers'
import { ruleTitle } from '@/calc/rules'
import { speedOf } from '@/calc/speed'
import { duration } from '@/calc/times'
import { Card } from '@/components/base/Card'
import { Copy } from '@/components/base/Copy'
import { Fact, Line } from '@/components/live/Fact'
import { useLive } from '@/store/live'

/** A chain head is told by its first digits, and copied whole. */
const HEAD = 12

export function Lane() {
  const status = useLive(state => state.replica?.status)
  const beats = useLive(state => state.replica?.beats)
  const lane = status?.lane
  const speed = beats && speedOf(beats)
  return (
    <Card
      title="Lane"
      aside={<span className="truncate text-dim text-xs">one ordered, recorded sequence of inputs</span>}
    >
      <dl className="grid grid-cols-2 gap-x-6 px-3.5 pb-2 sm:grid-cols-4">
        <Fact name="Messages">{lane && whole(lane.seq)}</Fact>
        <Fact name="Per second">{lane && fixed(speed, 1)}</Fact>
        <Fact name="Decisions">{lane && whole(lane.decisions)}</Fact>
        <Fact name="Chain head">
          {lane && <Copy text={lane.head} shown={lane.head.slice(0, HEAD)} what="the chain head" />}
        </Fact>
        <Fact name="Latency p50">{lane && `${fixed(lane.p50_ms, 2)} ms`}</Fact>
        <Fact name="Latency p99">{lane && `${fixed(lane.p99_ms, 2)} ms`}</Fact>
        <Fact name="Longest block">{lane && `${fixed(lane.longest_block_ms, 1)} ms`}</Fact>
        <Fact name="Running for">{status && duration(Math.floor(status.uptime_s))}</Fact>
      </dl>
      <Channels />
      <Refusals />
    </Card>
  )
}

function Channels() {
  const channels = useLive(state => state.replica?.status.channels)
  return (
    <Line title="Waiting">
      {channels?.map(({ name, depth, capacity, dropped }) => (
        <li key={name} className="whitespace-nowrap">
          {name}{' '}
          <span className={dropped ? 'text-warn' : 'text-dim'}>
            {whole(depth)} of {whole(capacity)}
            {dropped ? `, ${whole(dropped)} lost` : ''}
          </span>
        </li>
      ))}
    </Line>
  )
}

function Refusals() {
  const refusals = useLive(state => state.replica?.status.refusals)
  const rules = Object.entries(refusals ?? {})
  return (
    <Line title="Refusals">
      {refusals && !rules.length && <li className="text-dim">none since the start of the daemon</li>}
      {rules.map(([rule, count]) => (
        <li key={rule} className="whitespace-nowrap">
          {ruleTitle(rule)} <span className="text-dim">{whole(count)}</span>
        </li>
      ))}
    </Line>
  )
}
