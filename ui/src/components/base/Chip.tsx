import type { ReactNode } from 'react'
import type { Tone } from '@/calc/wording'

export const TEXT: Record<Tone, string> = {
  plain: 'text-dim',
  good: 'text-good',
  bad: 'text-bad',
  warn: 'text-warn',
  up: 'text-up',
  down: 'text-down',
}

const TINTS: Record<Tone, string> = {
  plain: 'border-line bg-raised text-dim',
  good: 'border-good/25 bg-good/10 text-good',
  bad: 'border-bad/30 bg-bad/10 text-bad',
  warn: 'border-warn/30 bg-warn/10 text-warn',
  up: 'border-up/25 bg-up/10 text-up',
  down: 'border-down/25 bg-down/10 text-down',
}

interface Props {
  tone?: Tone
  children: ReactNode
  title?: string
  className?: string
}

export function Chip({ tone = 'plain', children, title, className = '' }: Props) {
  return (
    <span
      title={title}
      className={`inline-flex h-[22px] shrink-0 items-center gap-1.5 whitespace-nowrap rounded-full border px-2 font-medium text-xs ${TINTS[tone]} ${className}`}
    >
      {children}
    </span>
  )
}
