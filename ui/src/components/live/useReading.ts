'use client'

import { type UIEvent, useCallback, useRef, useState } from 'react'
import type { Placed } from '@/calc/log'

const AT_TOP_PX = 8

/**
 * Keeps a list that grows at its top still while it is read: scrolled down, or with a row open. `newest` is what stands
 * at the top now.
 */
export function useReading(newest: () => Placed | null) {
  const box = useRef<HTMLDivElement>(null)
  const [anchor, setAnchor] = useState<Placed | null>(null)
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set())

  const settle = (opened: ReadonlySet<string>) => {
    const reading = opened.size > 0 || (box.current?.scrollTop ?? 0) > AT_TOP_PX
    setAnchor(before => (reading ? (before ?? newest()) : null))
  }
  const onScroll = (_event: UIEvent) => settle(open)
  const toggle = (key: string) => {
    const opened = new Set(open)
    if (!opened.delete(key)) opened.add(key)
    setOpen(opened)
    settle(opened)
  }
  const release = useCallback(() => {
    setOpen(new Set())
    setAnchor(null)
    if (box.current) box.current.scrollTop = 0
  }, [])
  return { box, anchor, open, onScroll, toggle, release }
}
