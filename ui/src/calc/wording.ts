// One line for everything that the lane says: what it is, of which symbol, and what it means.
import type { Said, SaidOf, SaidType } from '@/api/types'
import { exact, percent, price, short } from '@/calc/numbers'
import { breachText, ruleTitle } from '@/calc/rules'
import { duration, minute } from '@/calc/times'

export type Kind = 'signal' | 'order' | 'refusal' | 'fill' | 'state' | 'command' | 'feed'
export type Tone = 'plain' | 'good' | 'bad' | 'warn' | 'up' | 'down'

export interface Line {
  kind: Kind
  tone: Tone
  title: string
  symbol: string | null
  strategy: string | null
  text: string
  reason: string
}

export const KINDS: readonly { kind: Kind; title: string }[] = [
  { kind: 'signal', title: 'Signals' },
  { kind: 'order', title: 'Orders' },
  { kind: 'refusal', title: 'Refusals' },
  { kind: 'fill', title: 'Fills' },
  { kind: 'state', title: 'State' },
  { kind: 'command', title: 'Commands' },
  { kind: 'feed', title: 'Feed' },
]

type Told = Pick<Line, 'kind' | 'title' | 'text'> & Partial<Line>
type Tellers = { [T in SaidType]: (said: SaidOf<T>) => Told }

export function roleTitle(role: string): string {
  return role === 'take_profit' ? 'take-profit' : role
}

export function isProtection(role: string): boolean {
  return role === 'stop' || role === 'take_profit' || role === 'liquidation'
}

const FILLED: Record<string, string> = { stop: 'Stopped out', take_profit: 'Target reached', liquidation: 'Liquidated' }

const TELLERS: Tellers = {
  Signal: said => ({
    kind: 'signal',
    tone: said.target > 0 ? 'up' : said.target < 0 ? 'down' : 'plain',
    title: 'Signal',
    text: [wish(said.target), ...levels(said)].join(', '),
  }),
  Order: said => ({
    kind: 'order',
    tone: said.side === 'buy' ? 'up' : 'down',
    title: 'Order',
    text: [`${said.side} ${exact(said.qty)}`, roleTitle(said.role), ...levels(said)].join(', '),
  }),
  Amend: said => ({ kind: 'order', title: 'Protection moved', text: levels(said).join(', ') || 'no stop any more' }),
  Cancel: said => ({ kind: 'order', title: 'Withdrawing', text: `order ${said.order_id}` }),
  Cancelled: said => ({ kind: 'order', title: 'Order withdrawn', text: said.order_id }),
  Expired: said => ({ kind: 'order', title: 'Order expired', text: said.order_id }),
  Liquidated: said => ({
    kind: 'fill',
    tone: 'bad',
    title: 'Lack of margin',
    text: `${said.assumed ? 'last' : 'mark'} price ${short(said.price, 8)} has reached ${short(said.level, 8)}`,
  }),
  FundingPaid: said => ({
    kind: 'fill',
    tone: said.amount.startsWith('-') ? 'down' : 'up',
    title: 'Funding',
    text: `${exact(said.amount)} on ${exact(said.qty)} at ${exact(said.price)}${said.assumed ? ', the last close' : ''}`,
  }),
  Rejection: said => ({ kind: 'order', tone: 'bad', title: 'Order rejected', text: said.order_id }),
  Refusal: said => ({
    kind: 'refusal',
    tone: 'warn',
    title: `Refused: ${ruleTitle(said.rule)}`,
    text: breachText(said),
  }),
  Fill: said => ({
    kind: 'fill',
    tone: said.side === 'buy' ? 'up' : 'down',
    title: FILLED[said.role] ?? 'Fill',
    text: `${said.side === 'buy' ? 'bought' : 'sold'} ${exact(said.qty)} at ${exact(said.price)}, ${roleTitle(said.role)}`,
  }),
  StateChanged: said => ({
    kind: 'state',
    tone: said.state === 'active' ? 'good' : 'warn',
    title: 'Trading state',
    text: `${said.previous} → ${said.state}`,
    reason: said.cause,
  }),
  EntriesBlocked: said => ({
    kind: 'state',
    tone: 'bad',
    title: 'Entries blocked',
    text: `${ruleTitle(said.rule)}: ${breachText(said)}`,
  }),
  EntriesAllowed: said => ({ kind: 'state', tone: 'good', title: 'Entries allowed', text: ruleTitle(said.rule) }),
  StrategyFaulted: said => ({
    kind: 'state',
    tone: 'bad',
    title: 'Strategy switched off',
    text: faultText(said),
  }),
  Pause: () => ({ kind: 'command', title: 'Pause', text: 'no new entries; exits and protection go on' }),
  Resume: () => ({ kind: 'command', title: 'Resume', text: 'entries again' }),
  Flatten: () => ({ kind: 'command', title: 'Flatten', text: 'close every position, then pause' }),
  Stop: said => ({
    kind: 'command',
    title: 'Stop',
    text: said.keep_positions ? 'positions and their protection stay' : 'close every position',
  }),
  ClosePosition: () => ({ kind: 'command', title: 'Close position', text: 'at the market' }),
  InputSkipped: said => ({ kind: 'command', tone: 'warn', title: 'Input set aside', text: `number ${said.skipped}` }),
  FeedGap: said => ({
    kind: 'feed',
    tone: 'warn',
    title: 'Gap',
    text: `${short(said.bars, 0)} ${said.bars === 1 ? 'bar' : 'bars'} never came, from ${minute(said.start)} to ${minute(said.end)}`,
  }),
  FeedStale: said => ({
    kind: 'feed',
    tone: 'warn',
    title: 'Stale',
    text: `nothing since ${minute(said.since)}: entries are refused`,
  }),
  FeedRestored: () => ({ kind: 'feed', tone: 'good', title: 'Restored', text: 'it delivers again' }),
  FeedEnded: said => ({ kind: 'feed', title: 'Feed ended', text: `${said.source} is at its end` }),
  ClockStepped: said => ({
    kind: 'feed',
    tone: said.by_ms ? 'warn' : 'good',
    title: 'Clock',
    text: said.by_ms ? `it moved by ${duration(said.by_ms / 1000)}` : 'it is right again',
  }),
  BarRevised: said => ({
    kind: 'feed',
    title: 'Bar revised',
    symbol: said.bar.symbol,
    text: `the bar of ${minute(said.bar.open_time)} was corrected; nothing acts on it`,
  }),
}

export function tell(said: Said): Line {
  const teller = TELLERS[said.type] as ((said: Said) => Told) | undefined
  const told = teller ? teller(said) : unknown(said)
  return {
    tone: 'plain',
    symbol: 'symbol' in said && said.symbol ? said.symbol : null,
    strategy: 'strategy' in said && said.strategy ? said.strategy : null,
    reason: 'reason' in said ? reasonOf(said) : '',
    ...told,
  }
}

/** What a strategy raised, and where in its code; blank where what it returned was no signal. */
export function faultText({ strategy, error, where }: SaidOf<'StrategyFaulted'>): string {
  return `${strategy}${where ? ` at ${where}` : ''}: ${error}`
}

/** Protection fills for no other reason than its role. */
function reasonOf(said: Said & { reason: string }): string {
  return 'role' in said && isProtection(said.role) ? '' : said.reason
}

/** A newer daemon may say what this page does not know yet. */
function unknown(said: Said): Told {
  return { kind: 'state', title: String((said as { type?: unknown }).type), text: '' }
}

function wish(target: number): string {
  if (target === 0) return 'go flat'
  const side = target > 0 ? 'go long' : 'go short'
  return Math.abs(target) === 1 ? side : `${side}, ${percent(Math.abs(target), 0)} of the full size`
}

type Level = number | string | null

function levels(said: { stop: Level; take_profit: Level }): string[] {
  const found: [string, Level][] = [
    ['stop', said.stop],
    ['take-profit', said.take_profit],
  ]
  return found.flatMap(([name, level]) => (level === null ? [] : [`${name} ${priced(level)}`]))
}

function priced(level: number | string): string {
  return typeof level === 'string' ? exact(level) : price(level)
}
