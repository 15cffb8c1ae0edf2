'use client'

import { type RefObject, useEffect, useState } from 'react'

/** Whether any of it is within the window, or soon will be; taken for granted until that is known. */
export function useOnScreen(box: RefObject<HTMLElement | null>): boolean {
  const [seen, setSeen] = useState(true)
  useEffect(() => {
    if (!box.current) return
    const look = (entries: IntersectionObserverEntry[]) => setSeen(entries.at(-1)?.isIntersecting ?? true)
    const observer = new IntersectionObserver(look, { rootMargin: '200px' })
    observer.observe(box.current)
    return () => observer.disconnect()
  }, [box])
  return seen
}
