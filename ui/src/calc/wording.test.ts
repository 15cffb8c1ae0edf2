import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Said } from '@/api/types'
import { tell } from '@/calc/wording'

const CASES: [said: Said, title: string, text: string][] = [
  [
    { type: 'Signal', symbol: 'BTCUSD', target: 1, stop: 4100.5, take_profit: null, reason: 'up', strategy: 'rule' },
    'Signal',
    'go long, stop 4,100.5',
  ],
  [
    { type: 'Signal', symbol: 'BTCUSD', target: -0.5, stop: null, take_profit: null, reason: '', strategy: 'rule' },
    'Signal',
    'go short, 50% of the full size',
  ],
  [
    {
      type: 'Refusal',
      strategy: 'rule',
      symbol: 'BTCUSD',
      rule: 'max_leverage',
      measured: 2.314,
      limit: 2,
      reason: '',
    },
    'Refused: leverage',
    'would be 2.31× equity in all, the limit is 2.00×',
  ],
  [
    { type: 'Refusal', strategy: 'rule', symbol: 'BTCUSD', rule: 'new_rule', measured: 1.5, limit: 1, reason: '' },
    'Refused: new rule',
    'measured 1.5, limit 1',
  ],
  [
    { type: 'EntriesBlocked', rule: 'daily_loss', measured: 0.0512, limit: 0.05 },
    'Entries blocked',
    'daily loss: 5.12% lost today, the limit is 5.00%',
  ],
  [{ type: 'StateChanged', previous: 'active', state: 'paused', cause: 'pause' }, 'Trading state', 'active → paused'],
  [{ type: 'Stop', keep_positions: true }, 'Stop', 'positions and their protection stay'],
  [
    { type: 'StrategyFaulted', strategy: 'rule', symbol: 'BTCUSD', error: 'KeyError: 3', where: 'mine/rule.py:12' },
    'Strategy switched off',
    'rule at mine/rule.py:12: KeyError: 3',
  ],
  [
    { type: 'StrategyFaulted', strategy: 'rule', symbol: 'BTCUSD', error: 'expected a Signal, found 7', where: '' },
    'Strategy switched off',
    'rule: expected a Signal, found 7',
  ],
  [
    { type: 'FeedGap', symbol: 'BTCUSD', start: 0, end: 60_000, bars: 1 },
    'Gap',
    '1 bar never came, from 1970-01-01 00:00 to 1970-01-01 00:01',
  ],
]

for (const [said, title, text] of CASES) {
  test(`wording: ${title}, ${text}`, () => {
    const line = tell(said)
    assert.deepEqual([line.title, line.text], [title, text])
  })
}

test('a message of a newer daemon is shown by its name', () => {
  assert.equal(tell({ type: 'SomethingNew' } as unknown as Said).title, 'SomethingNew')
})
