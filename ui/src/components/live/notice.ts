// The one thing that must be known now, the gravest first: connection, then the daemon, then the account.
import type { Condition, DecisionRow, Status } from '@/api/types'
import { returnOf } from '@/calc/account'
import { poorText } from '@/calc/coverage'
import { money, percent, signedPercent, whole } from '@/calc/numbers'
import { sentence } from '@/calc/sentence'
import { clock } from '@/calc/times'
import { faultText } from '@/calc/wording'
import type { IconName } from '@/components/base/Icon'
import type { Link } from '@/store/live'

export interface Notice {
  tone: 'plain' | 'good' | 'warn' | 'bad'
  icon: IconName
  title: string
  text: string
  command?: string
  /** What does not fit on the line. */
  detail?: string
  retry?: boolean
}

export function noticeOf(link: Link, status: Status | null, decisions: readonly DecisionRow[] = []): Notice {
  if (link.phase === 'lost') return lost(link.since, link.reason, status !== null)
  if (link.phase === 'differs') return DIFFERS
  if (!status) return CONNECTING
  const notice = withPoorData(
    status.condition === 'running' ? running(status) : CONDITIONS[status.condition](status),
    status,
  )
  return status.switched_off.length ? withFaults(notice, status, decisions) : notice
}

const CONNECTING: Notice = { tone: 'plain', icon: 'feed', title: 'Connecting', text: 'to the daemon.' }
const DIFFERS: Notice = {
  tone: 'warn',
  icon: 'warn',
  title: 'This page is of another version.',
  text: 'Loading it again did not help; what it shows may be wrong. Build it again:',
  command: 'make run',
}

function lost(since: number, reason: string, something: boolean): Notice {
  const heard = something ? `Last heard ${clock(since)} UTC.` : ''
  const text = `${reason} ${heard} To start it:`
  return { tone: 'bad', icon: 'lost', title: 'Disconnected.', text, command: 'make run', retry: true }
}

function running(status: Status): Notice {
  const account = status.account
  if (status.trading_state === 'stopped')
    return { ...HELD, title: 'Trading is stopped.', text: 'Nothing is entered until it is resumed.' }
  if (status.trading_state === 'paused')
    return { ...HELD, title: 'Trading is paused.', text: 'No new entries; exits, stops and take-profits go on.' }
  if (account.entries_blocked) return blocked(status)
  return stale(status) ?? RUNNING
}

const RUNNING: Notice = {
  tone: 'good',
  icon: 'fill',
  title: 'Running.',
  text: 'Every input is in the journal before it is acted on.',
}

/** No age: a line that is read out must not change every second. */
function stale({ feeds }: Status): Notice | null {
  const names = feeds.filter(feed => feed.stale).map(feed => feed.symbol)
  if (!names.length) return null
  const all = names.length === feeds.length
  const whose = all ? '' : names.length === 1 ? 'its ' : 'their '
  return {
    tone: 'warn',
    icon: 'warn',
    title: all ? 'Every feed is stale.' : `${listed(names)} ${names.length === 1 ? 'is' : 'are'} stale.`,
    text: `No bar has come for a while: ${whose}entries are refused until one does; exits and protection go on.`,
  }
}

/** Said by itself where nothing else is to be, and beside the result where a replay has come to its end. */
function withPoorData(notice: Notice, { coverage, condition, keeping }: Status): Notice {
  const poor = coverage && poorText(coverage)
  if (poor && condition === 'feed_ended')
    return { ...notice, tone: 'warn', icon: 'warn', title: `${notice.title} It is poor.`, detail: sentence(poor) }
  if (notice !== RUNNING) return notice
  if (poor) return { tone: 'warn', icon: 'warn', title: 'The data is poor.', text: sentence(poor) }
  if (keeping?.trouble) return { ...UNKEPT, detail: sentence(keeping.trouble) }
  return notice
}

const UNKEPT: Notice = {
  tone: 'warn',
  icon: 'warn',
  title: 'The local store cannot be written.',
  text: 'Trading goes on, the journal has everything, and it is tried again each minute.',
}

/** What raised is said first where nothing worse is, else together with it. */
function withFaults(notice: Notice, { switched_off }: Status, decisions: readonly DecisionRow[]): Notice {
  const names = switched_off.map(({ strategy, symbol }) => `${strategy} on ${symbol}`)
  const title = `${listed(names)} ${names.length === 1 ? 'is' : 'are'} switched off.`
  const found = { detail: notice.detail ?? faultsOf(switched_off, decisions) }
  if (notice !== RUNNING) return { ...notice, ...found, text: `${title} ${notice.text}` }
  const text = `${names.length === 1 ? 'It raised, and goes' : 'They raised, and go'} flat; everything else goes on.`
  return { tone: 'warn', icon: 'warn', title, text, ...found }
}

/** The last word about each, as far back as the page knows. */
function faultsOf(off: Status['switched_off'], decisions: readonly DecisionRow[]): string {
  const told = off.map(({ strategy, symbol }) => {
    const said = decisions.findLast(
      row => row.said.type === 'StrategyFaulted' && row.said.strategy === strategy && row.said.symbol === symbol,
    )?.said
    const text = said?.type === 'StrategyFaulted' ? faultText(said) : `${strategy}: the journal says what it raised`
    return sentence(`on ${symbol}, ${text}`)
  })
  return told.join('\n')
}

const MOST_NAMES = 3

function listed(names: readonly string[]): string {
  const left = names.length - MOST_NAMES
  if (left > 0) return `${names.slice(0, MOST_NAMES).join(', ')} and ${left} more`
  return names.join(names.length === 2 ? ' and ' : ', ')
}

const HELD = { tone: 'warn', icon: 'pause' } as const

function blocked({ account }: Status): Notice {
  const text = `${percent(account.day_loss)} lost today, the limit is ${percent(account.day_loss_limit)}. They come back with the next day (UTC).`
  return { tone: 'warn', icon: 'refusal', title: 'Entries are blocked.', text }
}

const CONDITIONS: Record<Exclude<Condition, 'running'>, (status: Status) => Notice> = {
  recovering: () => ({
    tone: 'warn',
    icon: 'info',
    title: 'Recovering.',
    text: 'The journal is being folded up to where the daemon was; trading goes on after that.',
  }),
  feed_ended: ({ account, fills }) => ({
    tone: 'good',
    icon: 'fill',
    title: 'The recorded data is at its end.',
    text: `${money(account.equity)} ${account.quote} (${signedPercent(returnOf(account))}) after ${whole(fills)} fills. To begin anew:`,
    command: 'make run FRESH=1',
  }),
  journal_unwritable: ({ detail }) => ({
    tone: 'bad',
    icon: 'warn',
    title: 'The journal cannot be written.',
    text: 'Nothing is acted on. Make room on the disk of the state directory: it goes on by itself.',
    detail: sentence(detail),
  }),
  quarantined: ({ detail, poison }) => ({
    tone: 'bad',
    icon: 'warn',
    title: 'Quarantined: trading stands still.',
    text: 'Mend what raises and start again, or set it aside:',
    command: `finantrade journal skip ${poison?.seq ?? 'SEQ'}`,
    detail: poison ? `Input ${whole(poison.seq)}: ${poison.message}` : sentence(detail),
  }),
  stopping: () => ({
    tone: 'warn',
    icon: 'stop',
    title: 'The daemon is going down.',
    text: 'What it holds is in the journal.',
  }),
}
