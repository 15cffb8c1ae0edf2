// The session as the page knows it, and the wire that brings it.
import { create } from 'zustand'
import type { Replica } from '@/stream/replica'

export type Link =
  | { phase: 'opening' }
  | { phase: 'live' }
  | { phase: 'lost'; since: number; reason: string }
  | { phase: 'signed-out' }
  /** The daemon's page is another one, and loading it again did not help. */
  | { phase: 'differs' }

export interface LiveState {
  link: Link
  replica: Replica | null
}

export const useLive = create<LiveState>()(() => ({ link: { phase: 'opening' }, replica: null }))
