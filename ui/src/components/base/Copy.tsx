'use client'

import { useEffect, useState } from 'react'
import { Icon } from '@/components/base/Icon'

const SHOWN_MS = 1_500

/** A text that is shown short and copied whole. */
export function Copy({ text, shown, what }: { text: string; shown: string; what: string }) {
  const [copied, setCopied] = useState(false)
  useEffect(() => {
    const timer = copied ? setTimeout(() => setCopied(false), SHOWN_MS) : undefined
    return () => clearTimeout(timer)
  }, [copied])
  const copy = () =>
    navigator.clipboard?.writeText(text).then(
      () => setCopied(true),
      () => undefined,
    )
  return (
    <button
      type="button"
      onClick={copy}
      title={text}
      aria-label={`Copy ${what}: ${shown}`}
      className="-mx-1 inline-flex items-center gap-1.5 rounded px-1 font-mono text-[12px] hover:bg-raised"
    >
      {shown}
      <Icon name={copied ? 'done' : 'copy'} size={12} className={copied ? 'text-good' : 'text-dim'} />
      <span role="status" className="sr-only">
        {copied ? 'Copied' : ''}
      </span>
    </button>
  )
}
