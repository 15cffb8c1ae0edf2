// How much of the data there is, in words: a run on little of it is worth little.
import type { CoverageSummary, SeriesShare } from '@/api/types'
import { percent, whole } from '@/calc/numbers'

/** `open_interest` as people say it. */
export function kindTitle(kind: string): string {
  return kind.replaceAll('_', ' ')
}

/** Never rounded up to all of it where something is missing. */
export function shareText({ share, present, expected }: SeriesShare): string {
  if (share === null) return `${whole(present)} rows`
  if (expected !== null && present < expected) return percent(Math.min(share, 0.9999), 2)
  return percent(share, 0)
}

/** What is wrong with the data of a run, in one sentence; null where nothing is. */
export function poorText({ poor, series, absent }: CoverageSummary): string | null {
  if (!poor) return null
  const lacking = series.filter(one => one.poor)
  const worst = lacking.toSorted((a, b) => (a.share ?? 1) - (b.share ?? 1))[0]
  const parts = [
    worst && `${kindTitle(worst.kind)} of ${worst.symbol}: ${shareText(worst)} of what should be there`,
    lacking.length > 1 && `${whole(lacking.length - 1)} more lack as much or less`,
    absent.length > 0 && `no ${absent.map(kindTitle).join(', no ')}`,
  ]
  return parts.filter(Boolean).join('; ')
}
