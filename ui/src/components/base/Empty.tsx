import type { ReactNode } from 'react'

export function Empty({ children }: { children: ReactNode }) {
  return <p className="grid grow place-content-center px-4 py-5 text-center text-dim">{children}</p>
}
