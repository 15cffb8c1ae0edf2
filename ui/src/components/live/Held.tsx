'use client'

import { useShallow } from 'zustand/react/shallow'
import { signed } from '@/calc/numbers'
import { Side } from '@/components/live/Side'
import { useLive } from '@/store/live'

/** What is held now, for a question about it. */
export function Held() {
  const positions = useLive(useShallow(state => state.replica?.status.positions.filter(one => one.qty !== 0)))
  const symbols = useLive(state => state.replica?.meta.symbols)
  if (!positions?.length) return <p className="rounded-md bg-raised px-3 py-2">Nothing is held at present.</p>
  return (
    <ul className="grid max-h-40 gap-1.5 overflow-y-auto rounded-md bg-raised px-3 py-2 text-ink">
      {positions.map(one => (
        <li key={`${one.strategy}/${one.symbol}`} className="grid grid-cols-[minmax(0,1fr)_auto_6rem] gap-x-4">
          <span className="truncate font-medium">{one.symbol}</span>
          <Side qty={one.qty} digits={symbols?.find(({ symbol }) => symbol === one.symbol)?.lot_decimals ?? 4} />
          <span className="text-right tabular-nums">{signed(one.unrealised)}</span>
        </li>
      ))}
    </ul>
  )
}
