'use client'

import type { Wish } from '@/api/client'
import { whole } from '@/calc/numbers'
import { sentence } from '@/calc/sentence'
import { clock } from '@/calc/times'
import { type Line, tell } from '@/calc/wording'
import { TEXT } from '@/components/base/Chip'
import { type Answered, useCommands } from '@/store/commands'

const NAMES: Record<Wish['action'], string> = {
  pause: 'Pause',
  resume: 'Resume',
  flatten: 'Flatten',
  stop: 'Stop',
  close: 'Close',
}

/** What the last command came to; its place is kept free for it. */
export function LastCommand() {
  const last = useCommands(state => state.last)
  const pending = useCommands(state => state.pending)
  return (
    <div role="status" aria-label="Outcome of the last command" className="min-h-[3.3rem] text-xs">
      {pending ? (
        <p className="text-dim">{NAMES[pending.action]}: on its way…</p>
      ) : last ? (
        <Outcome last={last} />
      ) : (
        <Idle />
      )}
    </div>
  )
}

function Idle() {
  return (
    <p className="text-dim">
      A command is an ordinary input: it is journalled, judged by risk, and its outcome is shown here.
    </p>
  )
}

function Outcome({ last }: { last: Answered }) {
  const { wish, at, outcome, problem } = last
  const name = wish.action === 'close' ? `Close ${wish.symbol}` : NAMES[wish.action]
  if (problem) {
    return (
      <div role="alert">
        <p className="text-bad">
          <strong className="font-semibold">{name} failed.</strong> {sentence(problem.message)}
        </p>
        {problem.hint && <p className="text-dim">{sentence(problem.hint)}</p>}
      </div>
    )
  }
  const lines = (outcome?.said ?? []).map(tell)
  const refused = lines.find(line => line.kind === 'refusal')
  return (
    <>
      <p>
        <strong className={`font-semibold ${refused ? 'text-warn' : 'text-good'}`}>
          {name} {refused ? 'refused' : 'carried out'}
        </strong>
        <span className="text-dim">
          {' '}
          at {clock(at)} UTC, input {whole(outcome?.seq)}
        </span>
      </p>
      <Consequences lines={lines} />
    </>
  )
}

const MOST = 4

function Consequences({ lines }: { lines: readonly Line[] }) {
  if (!lines.length) return <p className="text-dim">Nothing had to change.</p>
  const left = lines.length - MOST
  return (
    <ul className="text-dim">
      {lines.slice(0, MOST).map(line => (
        <li key={`${line.title} ${line.symbol} ${line.text}`} className="truncate">
          <span className={TEXT[line.tone]}>{line.title}</span> {line.symbol} {line.text || line.reason}
        </li>
      ))}
      {left > 0 && <li>and {left} more, in the decision log</li>}
    </ul>
  )
}
