import type { DecisionRow } from '@/api/types'
import { fieldsOf } from '@/calc/fields'

/** Everything that was said, word for word. */
export function DecisionFields({ row }: { row: DecisionRow }) {
  return (
    <dl className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-4 gap-y-1 bg-raised/60 py-2.5 pr-3.5 pl-10 text-xs">
      {fieldsOf(row).map(([name, value]) => (
        <div key={name} className="contents">
          <dt className="text-dim">{name}</dt>
          <dd className="break-words">{value}</dd>
        </div>
      ))}
    </dl>
  )
}
