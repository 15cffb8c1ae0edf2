import { Icon } from '@/components/base/Icon'

/** A gain or a loss, told by the sign of `text`: colour, sign and shape say the same, and nothing has none of them. */
export function Delta({ text, className = '' }: { text: string; className?: string }) {
  const up = text.startsWith('+')
  const down = text.startsWith('−')
  const tone = up ? 'text-up' : down ? 'text-down' : 'text-dim'
  return (
    <span className={`inline-flex items-center gap-1 whitespace-nowrap ${tone} ${className}`}>
      {(up || down) && <Icon name={up ? 'up' : 'down'} size={8} />}
      {text}
    </span>
  )
}
