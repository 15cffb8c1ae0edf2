import type { ReactNode } from 'react'

/** Where nothing is yet: what will be there, and below it when. */
export function Empty({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <div className="grid min-h-0 grow place-content-center gap-0.5 px-4 text-center">
      <p className="font-medium">{title}</p>
      <p className="max-w-[42ch] text-dim text-xs">{children}</p>
    </div>
  )
}
