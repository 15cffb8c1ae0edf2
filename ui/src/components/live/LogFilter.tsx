'use client'

import { KINDS, type Kind } from '@/calc/wording'
import { Icon } from '@/components/base/Icon'
import { useLive } from '@/store/live'

interface Props {
  kinds: ReadonlySet<Kind>
  onKinds: (kinds: ReadonlySet<Kind>) => void
  symbol: string
  onSymbol: (symbol: string) => void
}

/** No kind chosen means every kind. */
export function LogFilter({ kinds, onKinds, symbol, onSymbol }: Props) {
  const symbols = useLive(state => state.replica?.meta.symbols)
  const toggle = (kind: Kind) => {
    const chosen = new Set(kinds)
    if (!chosen.delete(kind)) chosen.add(kind)
    onKinds(chosen)
  }
  return (
    <div className="flex flex-wrap items-center gap-1 px-3.5 pb-2.5">
      <div role="group" aria-label="Kinds of decisions" className="flex flex-wrap gap-1">
        {KINDS.map(({ kind, title }) => (
          <button
            key={kind}
            type="button"
            aria-pressed={kinds.has(kind)}
            onClick={() => toggle(kind)}
            className="inline-flex h-6 pointer-coarse:h-9 pointer-coarse:px-2.5 items-center gap-1 rounded-md border border-line px-1.5 text-dim text-xs hover:border-dim aria-pressed:border-transparent aria-pressed:bg-ink aria-pressed:text-panel"
          >
            <Icon name={kind} size={11} />
            {title}
          </button>
        ))}
        <select
          aria-label="Symbol of decisions"
          value={symbol}
          onChange={event => onSymbol(event.target.value)}
          className="h-6 pointer-coarse:h-9 max-w-28 rounded-md border border-line bg-panel px-1 text-xs"
        >
          <option value="">All symbols</option>
          {symbols?.map(one => (
            <option key={one.symbol}>{one.symbol}</option>
          ))}
        </select>
      </div>
    </div>
  )
}
