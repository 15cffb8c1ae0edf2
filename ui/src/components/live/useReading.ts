'use client'

import { type FocusEvent, useCallback, useRef, useState } from 'react'
import type { Placed } from '@/calc/log'

const AT_TOP_PX = 8

/**
 * Keeps a list that grows at its top still while it is read: scrolled down, with a row open, or with
 * the focus in it. `newest` is what stands
 * at the top now. `page` rows are drawn, more of them as the reader comes to the end, and a page again at the top.
 */
export function useReading(newest: () => Placed | null, page: number) {
  const box = useRef<HTMLDivElement>(null)
  const [anchor, setAnchor] = useState<Placed | null>(null)
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set())
  const [limit, setLimit] = useState(page)

  const settle = (opened: ReadonlySet<string>, focus: Element | null) => {
    const inside = focus !== box.current && box.current?.contains(focus)
    const reading = inside || opened.size > 0 || (box.current?.scrollTop ?? 0) > AT_TOP_PX
    setAnchor(before => (reading ? (before ?? newest()) : null))
    if (!reading) setLimit(page)
  }
  const on = {
    onScroll: () => settle(open, document.activeElement),
    onFocus: (event: FocusEvent) => settle(open, event.target),
    onBlur: (event: FocusEvent) => settle(open, event.relatedTarget),
  }
  const toggle = (key: string) => {
    const opened = new Set(open)
    if (!opened.delete(key)) opened.add(key)
    setOpen(opened)
    settle(opened, document.activeElement)
  }
  const lengthen = useCallback(() => setLimit(before => before + page), [page])
  const release = useCallback(() => {
    setOpen(new Set())
    setAnchor(null)
    setLimit(page)
    if (box.current) box.current.scrollTop = 0
  }, [page])
  /** Asked for by a button that goes away with it: the list takes the focus over. */
  const show = () => {
    release()
    box.current?.focus({ preventScroll: true })
  }
  return { box, anchor, limit, open, on, toggle, lengthen, release, show }
}
