'use client'

import { useRef } from 'react'

/** `value`, or the last one that was let through: what nobody sees need not be drawn again. */
export function useHeldBack<T>(value: T, held: (last: T) => boolean): T {
  const last = useRef(value)
  if (!held(last.current)) last.current = value
  return last.current
}
