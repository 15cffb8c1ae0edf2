import type { Beat } from '@/stream/replica'

/** Messages a second over the beats that are kept; null before there is anything to reckon with. */
export function speedOf(beats: readonly Beat[]): number | null {
  const first = beats[0]
  const last = beats.at(-1)
  if (!first || !last || last.heard - first.heard < 500) return null
  return ((last.seq - first.seq) * 1000) / (last.heard - first.heard)
}
