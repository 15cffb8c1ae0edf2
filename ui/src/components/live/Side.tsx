import { fixed } from '@/calc/numbers'

/** Long or short, in a word and a colour, and how much. */
export function Side({ qty, digits }: { qty: number; digits: number }) {
  if (qty === 0) return <span className="text-dim">flat</span>
  const long = qty > 0
  return (
    <span className="inline-flex flex-wrap items-baseline justify-end gap-x-1.5 whitespace-nowrap">
      <span className={`font-medium text-xs ${long ? 'text-up' : 'text-down'}`}>{long ? 'long' : 'short'}</span>
      {fixed(Math.abs(qty), digits)}
    </span>
  )
}
