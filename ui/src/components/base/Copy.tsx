'use client'

import { useEffect, useState } from 'react'
import { Icon } from '@/components/base/Icon'

const SHOWN_MS = 1_500

interface Props {
  text: string
  shown: string
  what: string
  /** As a command within a sentence. */
  boxed?: boolean
}

/** A text that is shown short and copied whole. */
export function Copy({ text, shown, what, boxed = false }: Props) {
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
      className={`inline-flex min-h-6 items-center gap-1.5 whitespace-nowrap rounded font-mono text-[12px] hover:bg-raised ${boxed ? '-my-1 bg-raised px-1.5 hover:text-brand' : '-mx-1 -my-0.5 px-1'}`}
    >
      {shown}
      <Icon name={copied ? 'done' : 'copy'} size={12} className={copied ? 'text-good' : 'text-dim'} />
      <span role="status" className="sr-only">
        {copied ? 'Copied' : ''}
      </span>
    </button>
  )
}
