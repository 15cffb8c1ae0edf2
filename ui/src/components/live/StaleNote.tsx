'use client'

import { duration } from '@/calc/times'
import { Chip } from '@/components/base/Chip'
import { Icon } from '@/components/base/Icon'
import { useLive } from '@/store/live'

/** Over the chart: why nothing is added to it. */
export function StaleNote({ symbol }: { symbol: string }) {
  const age = useLive(state => {
    const feed = state.replica?.status.feeds.find(one => one.symbol === symbol)
    return feed?.stale ? feed.age_s : undefined
  })
  if (age === undefined) return null
  return (
    <p className="pointer-events-none absolute top-2.5 left-3 z-10 rounded-full bg-panel">
      <Chip tone="warn">
        <Icon name="warn" size={12} />
        <span className="tabular-nums">
          stale: nothing for {age === null ? 'a while' : duration(Math.floor(age))}; entries are refused
        </span>
      </Chip>
    </p>
  )
}
