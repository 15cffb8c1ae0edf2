import { Icon } from '@/components/base/Icon'

/** A gain or a loss: colour, sign and shape say the same. */
export function Delta({ value, text, className = '' }: { value: number; text: string; className?: string }) {
  const tone = value > 0 ? 'text-up' : value < 0 ? 'text-down' : 'text-dim'
  return (
    <span className={`inline-flex items-center gap-1 whitespace-nowrap ${tone} ${className}`}>
      {value !== 0 && <Icon name={value > 0 ? 'up' : 'down'} size={8} />}
      {text}
    </span>
  )
}
