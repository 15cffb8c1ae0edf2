import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Frame } from '@/api/types'
import { snapshot, update } from '@/stream/frames'
import { judge } from '@/stream/sequence'

const CASES: [name: string, n: number | null, frame: Frame, kind: string][] = [
  ['a snapshot is always taken', 7, snapshot(3), 'snapshot'],
  ['the next number is taken', 7, update(8), 'update'],
  ['a number that was had is passed over', 7, update(7), 'repeated'],
  ['an older number is passed over', 7, update(2), 'repeated'],
  ['the next number with nothing to it is a hole', 7, { frame: 'update', n: 8 } as Frame, 'hole'],
  ['a snapshot with nothing to it is a hole', 7, { frame: 'snapshot', n: 8 } as Frame, 'hole'],
  ['a missing number is a hole', 7, update(9), 'hole'],
  ['an update before any snapshot is a hole', null, update(1), 'hole'],
  ['a goodbye is heard', 7, { frame: 'goodbye', reason: 'x' } as Frame, 'goodbye'],
  ['what is not a frame is a hole', 7, { frame: 'garbage' } as unknown as Frame, 'hole'],
]

for (const [name, n, frame, kind] of CASES) {
  test(name, () => assert.equal(judge(n, frame).kind, kind))
}
