import type { ReactNode } from 'react'
import { Skeleton } from '@/components/base/Skeleton'

/** One figure of a card with its name; without a figure it is still to come. */
export function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="min-w-0 py-1.5">
      <dt className="text-dim text-xs">{name}</dt>
      <dd className="h-5 truncate font-medium">{children || <Skeleton width="70%" />}</dd>
    </div>
  )
}

/** A line below the figures: a name, and what there is under it. */
export function Line({ title, children }: { title: string; children: ReactNode }) {
  return (
    <div className="flex gap-x-4 border-line border-t px-3.5 py-2 text-xs">
      <h3 className="w-16 shrink-0 text-dim">{title}</h3>
      <ul className="flex min-h-[1.45em] min-w-0 max-sm:min-h-[3em] grow flex-wrap gap-x-5 gap-y-0.5">{children}</ul>
    </div>
  )
}
