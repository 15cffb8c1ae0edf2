import assert from 'node:assert/strict'
import { test } from 'node:test'
import { brief, clock, duration, instant, minute } from '@/calc/times'

const AT = Date.UTC(2017, 9, 12, 14, 30, 5)
const CASES: [found: string, wanted: string][] = [
  [instant(AT), '2017-10-12 14:30:05'],
  [minute(AT), '2017-10-12 14:30'],
  [clock(AT), '14:30:05'],
  [brief(AT), '10-12 14:30'],
  [instant(null), '–'],
  [instant(1e300), '–'],
  [duration(0.42), '0.4 s'],
  [duration(12.9), '12 s'],
  [duration(185), '3 min 05 s'],
  [duration(7_620), '2 h 07 min'],
  [duration(356_400), '4 d 03 h'],
  [duration(null), '–'],
]

for (const [found, wanted] of CASES) test(`times: ${wanted}`, () => assert.equal(found, wanted))
