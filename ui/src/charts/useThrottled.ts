'use client'

import { useEffect, useRef, useState } from 'react'

/** `value`, followed at most once in `everyMs`: at once where it has been quiet, and never missing the last one. */
export function useThrottled<T>(value: T, everyMs: number): T {
  const [shown, setShown] = useState(value)
  const latest = useRef(value)
  const free = useRef(0)
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined)

  useEffect(() => {
    latest.current = value
    if (timer.current !== undefined) return
    const show = () => {
      timer.current = undefined
      free.current = performance.now() + everyMs
      setShown(latest.current)
    }
    const wait = free.current - performance.now()
    if (wait > 0) timer.current = setTimeout(show, wait)
    else show()
  }, [value, everyMs])

  useEffect(() => {
    return () => {
      clearTimeout(timer.current)
      timer.current = undefined
    }
  }, [])
  return shown
}
