import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { CoverageSummary, DecisionRow, FeedStatus, Status } from '@/api/types'
import { noticeOf } from '@/components/live/notice'
import { status } from '@/stream/frames'

const feed = (symbol: string, stale: boolean) => ({ symbol, stale }) as FeedStatus
const of = (more: Partial<Status>) => ({ ...status(1), ...more })
const OFF = [{ strategy: 'rule', symbol: 'BTCUSD' }]
const FAULT: DecisionRow = {
  seq: 4,
  place: 0,
  at: 0,
  said: { type: 'StrategyFaulted', ...OFF[0], error: 'KeyError: 3', where: 'mine/rule.py:12' } as DecisionRow['said'],
}

const POOR: CoverageSummary = {
  poor: true,
  synthetic: false,
  series: [
    {
      kind: 'candles',
      symbol: 'A',
      interval: '15m',
      present: 9,
      expected: 10,
      share: 0.9,
      gaps: 1,
      synthetic: false,
      poor: true,
    },
  ],
  absent: ['funding'],
  assumed: [],
  more: 0,
}
const UNKEPT = { trouble: 'No space left on device' } as Status['keeping']
const ENDED = { account: { equity: 1, initial: 1, quote: 'USD' } as Status['account'], fills: 3 }

const CASES: [what: string, more: Partial<Status>, tone: string, title: string, text: RegExp][] = [
  ['fresh feeds', { feeds: [feed('A', false)] }, 'good', 'Running.', /journal/],
  [
    'every feed stale',
    { feeds: [feed('A', true), feed('B', true)] },
    'warn',
    'Every feed is stale.',
    /: entries are re/,
  ],
  [
    'one of two stale',
    { feeds: [feed('A', true), feed('B', false)] },
    'warn',
    'A is stale.',
    /its entries are refused/,
  ],
  ['a strategy off', { switched_off: OFF }, 'warn', 'rule on BTCUSD is switched off.', /everything else goes on/],
  [
    'off, and paused',
    { switched_off: OFF, trading_state: 'paused' },
    'warn',
    'Trading is paused.',
    /^rule on BTCUSD is s/,
  ],
  [
    'off, and stale',
    { switched_off: OFF, feeds: [feed('A', true)] },
    'warn',
    'Every feed is stale.',
    /^rule on BTCUSD is/,
  ],
  ['poor data', { coverage: POOR }, 'warn', 'The data is poor.', /^Candles of A: 90.00% of what.*; no funding\.$/],
  ['poor data, and stale', { coverage: POOR, feeds: [feed('A', true)] }, 'warn', 'Every feed is stale.', /refused/],
  ['a full store', { keeping: UNKEPT }, 'warn', 'The local store cannot be written.', /Trading goes on/],
  [
    'poor data at its end',
    { coverage: POOR, condition: 'feed_ended', ...ENDED },
    'warn',
    'The recorded data is at its end. It is poor.',
    /after 3 fills/,
  ],
]

for (const [what, more, tone, title, text] of CASES) {
  test(`notice: ${what}`, () => {
    const notice = noticeOf({ phase: 'live' }, of({ trading_state: 'active', ...more }))
    assert.deepEqual([notice.tone, notice.title], [tone, title])
    assert.match(notice.text, text)
  })
}

test('what a strategy raised is told with its line, as far as the page knows', () => {
  const told = (rows: DecisionRow[]) => noticeOf({ phase: 'live' }, of({ switched_off: OFF }), rows).detail
  assert.equal(told([FAULT]), 'On BTCUSD, rule at mine/rule.py:12: KeyError: 3.')
  assert.match(told([]) ?? '', /the journal says/)
})
