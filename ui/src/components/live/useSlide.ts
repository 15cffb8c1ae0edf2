'use client'

import { type RefObject, useLayoutEffect, useRef } from 'react'

const TOOK = { duration: 200, easing: 'ease-out' }
/** A list that takes up rows no more often than this lets every slide come to its end. */
export const SLIDE_MS = 400
/** More than this at once is a jump, and sliding it would only blur it. */
const FARTHEST_PX = 900

/**
 * Let a list that grows at its top slide down rather than jump, going on from where an earlier slide has come to. Its
 * rows carry `data-key`; `top` is that of the first.
 */
export function useSlide(list: RefObject<HTMLElement | null>, top: string | null): void {
  const before = useRef<string | null>(null)
  const running = useRef<Animation | null>(null)
  useLayoutEffect(() => {
    const old = before.current
    before.current = top
    if (old === null || old === top || !list.current || matchMedia('(prefers-reduced-motion: reduce)').matches) return
    const added = heightAbove(list.current, old)
    if (added <= 0 || added > FARTHEST_PX) return
    const from = shiftOf(list.current) - added
    running.current?.cancel()
    running.current = list.current.animate([{ transform: `translateY(${from}px)` }, { transform: 'none' }], TOOK)
  }, [list, top])
}

function shiftOf(list: HTMLElement): number {
  return new DOMMatrix(getComputedStyle(list).transform).m42
}

function heightAbove(list: HTMLElement, key: string): number {
  const row = list.querySelector(`[data-key="${CSS.escape(key)}"]`)
  return row ? row.getBoundingClientRect().top - list.getBoundingClientRect().top : 0
}
