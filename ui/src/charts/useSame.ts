'use client'

import { useRef } from 'react'
import { shared } from '@/stream/share'

/** `value`, or the very object of before where it says the same, so that what is drawn from it is not drawn again. */
export function useSame<T>(value: T): T {
  const kept = useRef(value)
  kept.current = shared(kept.current, value)
  return kept.current
}
