import type { ButtonHTMLAttributes } from 'react'
import { Icon, type IconName } from '@/components/base/Icon'

type Look = 'plain' | 'main' | 'danger' | 'bare'

const LOOKS: Record<Look, string> = {
  plain: 'border-line bg-raised text-ink hover:border-dim disabled:border-line',
  main: 'border-transparent bg-ink text-panel hover:opacity-90 disabled:border-line',
  danger: 'border-bad/45 bg-bad/10 text-bad hover:border-bad disabled:border-line',
  bare: 'border-transparent text-dim hover:bg-raised hover:text-ink disabled:border-transparent',
}

interface Props extends ButtonHTMLAttributes<HTMLButtonElement> {
  look?: Look
  icon?: IconName
  busy?: boolean
}

export function Button({ look = 'plain', icon, busy = false, children, className = '', ...rest }: Props) {
  return (
    <button
      type="button"
      aria-busy={busy || undefined}
      {...rest}
      className={`inline-flex h-8 pointer-coarse:h-11 items-center justify-center gap-1.5 whitespace-nowrap rounded-md border px-2.5 font-medium transition-colors disabled:cursor-not-allowed disabled:bg-transparent disabled:text-dim disabled:opacity-60 ${LOOKS[look]} ${className}`}
    >
      {icon && <Icon name={icon} size={14} className={busy ? 'animate-pulse' : ''} />}
      {children}
    </button>
  )
}
