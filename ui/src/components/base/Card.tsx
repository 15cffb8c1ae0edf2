import { type ReactNode, useId } from 'react'

interface Props {
  title: string
  aside?: ReactNode
  children: ReactNode
  className?: string
}

export function Card({ title, aside, children, className = '' }: Props) {
  const id = useId()
  return (
    <section
      aria-labelledby={id}
      className={`flex min-w-0 flex-col rounded-lg border border-line bg-panel ${className}`}
    >
      <header className="flex min-h-11 shrink-0 items-center justify-between gap-3 px-3.5">
        <h2 id={id} className="whitespace-nowrap font-semibold text-[13px]">
          {title}
        </h2>
        {aside}
      </header>
      {children}
    </section>
  )
}
