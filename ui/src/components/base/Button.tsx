import type { ComponentProps, MouseEvent } from 'react'
import { Icon, type IconName } from '@/components/base/Icon'

type Look = 'plain' | 'main' | 'danger' | 'bare'

const LOOKS: Record<Look, string> = {
  plain: 'border-line bg-raised text-ink hover:border-dim aria-disabled:border-line',
  main: 'border-transparent bg-ink text-panel hover:opacity-90 aria-disabled:border-line',
  danger: 'border-bad/45 bg-bad/10 text-bad hover:border-bad aria-disabled:border-line',
  bare: 'border-transparent text-dim hover:bg-raised hover:text-ink aria-disabled:border-transparent',
}

interface Props extends ComponentProps<'button'> {
  look?: Look
  icon?: IconName
  busy?: boolean
}

/** Disabled, it takes no click but keeps the focus: a command given by keyboard leaves the reader where they are. */
export function Button({
  look = 'plain',
  icon,
  busy = false,
  disabled = false,
  onClick,
  children,
  className = '',
  ...rest
}: Props) {
  return (
    <button
      type="button"
      aria-busy={busy || undefined}
      {...rest}
      aria-disabled={disabled || undefined}
      onClick={disabled ? refuse : onClick}
      className={`inline-flex h-8 pointer-coarse:h-11 items-center justify-center gap-1.5 whitespace-nowrap rounded-md border px-2.5 font-medium transition-colors aria-disabled:cursor-not-allowed aria-disabled:bg-transparent aria-disabled:text-dim aria-disabled:opacity-60 ${LOOKS[look]} ${className}`}
    >
      {icon && <Icon name={icon} size={14} className={busy ? 'animate-pulse' : ''} />}
      {children}
    </button>
  )
}

/** Also keeps a form from being sent. */
function refuse(event: MouseEvent): void {
  event.preventDefault()
}
