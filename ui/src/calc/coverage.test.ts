import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { SeriesShare } from '@/api/types'
import { poorText, shareText } from '@/calc/coverage'

function share(present: number, expected: number | null, kind: SeriesShare['kind'] = 'candles'): SeriesShare {
  const ratio = expected === null ? null : present / expected
  return {
    kind,
    symbol: 'BTCUSDT',
    interval: '15m',
    present,
    expected,
    share: ratio,
    gaps: 1,
    synthetic: false,
    poor: ratio !== null && ratio < 0.99,
  }
}

const CASES: [series: SeriesShare, text: string][] = [
  [share(100, 100), '100%'],
  [share(99_999, 100_000), '99.99%'],
  [share(9_999_999, 10_000_000), '99.99%'],
  [share(1, 3), '33.33%'],
  [share(0, 100), '0.00%'],
  [share(12, null), '12 rows'],
]
for (const [series, text] of CASES) {
  test(`${series.present} of ${series.expected} is ${text}`, () => assert.equal(shareText(series), text))
}

const RUN = { synthetic: false, assumed: [], more: 0 }

test('a run that has what it needs is not spoken of', () => {
  assert.equal(poorText({ ...RUN, poor: false, series: [share(100, 100)], absent: [] }), null)
})

test('the worst series is named, the others are counted, and what is not there at all is said', () => {
  const series = [share(98, 100), share(1, 2, 'open_interest'), share(100, 100, 'funding'), share(90, 100)]
  assert.equal(
    poorText({ ...RUN, poor: true, series, absent: ['liquidation_events'] }),
    'open interest of BTCUSDT: 50.00% of what should be there; 2 more lack as much or less; no liquidation events',
  )
  assert.equal(poorText({ ...RUN, poor: true, series: [], absent: ['funding', 'ratios'] }), 'no funding, no ratios')
})
