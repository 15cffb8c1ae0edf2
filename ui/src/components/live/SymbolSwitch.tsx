'use client'

import { Icon } from '@/components/base/Icon'
import { Skeleton } from '@/components/base/Skeleton'
import { useLive } from '@/store/live'
import { choose, useSelected } from '@/store/selected'

/** Buttons where there are few symbols, a list where there are many. */
const FEW = 4

export function SymbolSwitch() {
  const symbols = useLive(state => state.replica?.meta.symbols)
  const feeds = useLive(state => state.replica?.status.feeds)
  const selected = useSelected()?.symbol
  if (!symbols) return <Skeleton width="9.6rem" className="h-8 pointer-coarse:h-11" />
  if (symbols.length > FEW) {
    return (
      <select
        aria-label="Symbol"
        value={selected}
        onChange={event => choose(event.target.value)}
        className="h-8 pointer-coarse:h-11 max-w-48 rounded-md border border-line bg-raised px-2 font-semibold"
      >
        {symbols.map(({ symbol }) => (
          <option key={symbol}>{symbol}</option>
        ))}
      </select>
    )
  }
  return (
    <div role="group" aria-label="Symbol" className="flex gap-0.5 rounded-md bg-raised p-0.5">
      {symbols.map(({ symbol }) => (
        <button
          key={symbol}
          type="button"
          aria-pressed={symbol === selected}
          onClick={() => choose(symbol)}
          className="relative flex h-7 pointer-coarse:h-10 items-center gap-1.5 rounded px-2.5 font-semibold text-dim hover:text-ink aria-pressed:bg-panel aria-pressed:text-ink aria-pressed:shadow-sm"
        >
          {symbol}
          {feeds?.find(feed => feed.symbol === symbol)?.stale && (
            <span className="absolute -top-1 right-0 text-warn">
              <Icon name="warn" size={12} />
              <span className="sr-only">stale</span>
            </span>
          )}
        </button>
      ))}
    </div>
  )
}
