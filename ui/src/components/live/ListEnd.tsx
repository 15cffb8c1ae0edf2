'use client'

import { type RefObject, useEffect, useRef, useState } from 'react'
import { sentence } from '@/calc/sentence'
import { Button } from '@/components/base/Button'
import { useOlder } from '@/components/live/useOlder'
import type { Listed } from '@/stream/replica'

interface Props {
  kind: Listed
  /** What the list scrolls in. */
  scroller: RefObject<HTMLElement | null>
  /** Whether the list has been scrolled: before, its end is no news. */
  reading: boolean
  /** Whether older rows are there that are not drawn yet. */
  more: boolean
  onMore: () => void
}

/** The end of a list: coming to it draws what is older, then fetches it, until there is none. */
export function ListEnd({ kind, scroller, reading, more, onMore }: Props) {
  const box = useRef<HTMLDivElement>(null)
  const seen = useSeen(box, scroller)
  const { older, load } = useOlder(kind)
  useEffect(() => {
    if (!seen) return
    if (more) onMore()
    else if (older === 'there') load()
  }, [seen, more, onMore, older, load])
  return (
    <div
      ref={box}
      className={`flex shrink-0 items-center justify-center gap-3 px-3.5 text-center text-dim text-xs ${reading ? 'min-h-14' : 'min-h-px'}`}
    >
      {older === 'loading' && reading && <p role="status">Loading older {kind}…</p>}
      {older === 'none' && reading && !more && <p>Nothing older is kept here: the journal has all of it.</p>}
      {older instanceof Error && (
        <>
          <p role="alert">
            Older {kind} did not come. {sentence(older.message)}
          </p>
          <Button onClick={load}>Try again</Button>
        </>
      )}
    </div>
  )
}

function useSeen(box: RefObject<HTMLElement | null>, scroller: RefObject<HTMLElement | null>): boolean {
  const [seen, setSeen] = useState(false)
  useEffect(() => {
    if (!box.current) return
    const observer = new IntersectionObserver(entries => setSeen(entries.at(-1)?.isIntersecting ?? false), {
      root: scroller.current,
    })
    observer.observe(box.current)
    return () => observer.disconnect()
  }, [box, scroller])
  return seen
}
