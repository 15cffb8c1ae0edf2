// Decides about each frame whether it is the one that was due, and whole. A hole is never passed over.
import type { Frame, Goodbye, Snapshot, Update } from '@/api/types'
import { isWhole } from '@/stream/whole'

export type Heard =
  | { kind: 'snapshot'; frame: Snapshot }
  | { kind: 'update'; frame: Update }
  | { kind: 'goodbye'; frame: Goodbye }
  | { kind: 'repeated' }
  | { kind: 'hole'; due: number; found: number | null }

/** `n` is the number of the last frame that was taken, or null before the first. */
export function judge(n: number | null, frame: Frame): Heard {
  switch (frame.frame) {
    case 'snapshot':
      return isWhole(frame) ? { kind: 'snapshot', frame } : { kind: 'hole', due: 0, found: frame.n }
    case 'goodbye':
      return { kind: 'goodbye', frame }
    case 'update':
      if (n === null) return { kind: 'hole', due: 0, found: frame.n }
      if (frame.n <= n) return { kind: 'repeated' }
      if (frame.n === n + 1 && isWhole(frame)) return { kind: 'update', frame }
      return { kind: 'hole', due: n + 1, found: frame.n }
    default:
      return { kind: 'hole', due: (n ?? 0) + 1, found: null }
  }
}
