// Which symbol is looked at: the chosen one, else the first.
import { create } from 'zustand'
import type { Meta, SymbolMeta } from '@/api/types'
import { useLive } from '@/store/live'

const useChosen = create<{ symbol: string | null }>()(() => ({ symbol: null }))

export function choose(symbol: string): void {
  useChosen.setState({ symbol })
}

export function useSelected(): SymbolMeta | null {
  const chosen = useChosen(state => state.symbol)
  return useLive(state => state.replica && selectedOf(state.replica.meta, chosen))
}

function selectedOf(meta: Meta, chosen: string | null): SymbolMeta | null {
  return meta.symbols.find(one => one.symbol === chosen) ?? meta.symbols[0] ?? null
}
