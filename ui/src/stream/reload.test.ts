import assert from 'node:assert/strict'
import { test } from 'node:test'
import { snapshot } from '@/stream/frames'
import { fitOf } from '@/stream/reload'

const CASES: [name: string, page: string, api: number, tried: string | null, fit: string][] = [
  ['the daemon’s own page fits', 'a', 1, null, 'fits'],
  ['a page without a name of its own fits', '', 1, null, 'fits'],
  ['another page loads itself again', 'b', 1, null, 'reload'],
  ['but not a second time for the same one', 'b', 1, '1/a', 'differs'],
  ['and again for yet another one', 'b', 1, '1/c', 'reload'],
  ['another version of the API is another page', 'a', 2, null, 'reload'],
]

for (const [name, page, api, tried, fit] of CASES) {
  test(name, () => assert.equal(fitOf(snapshot(1), page, api, tried), fit))
}
