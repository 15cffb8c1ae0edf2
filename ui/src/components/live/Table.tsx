import type { ReactNode } from 'react'

/** Texts of more characters than this do not fit into columns whose width is given. */
const ROOM = 10

interface Props {
  /** What stands in the cells: where any of it is long, columns take their width from it, and the table scrolls. */
  texts: readonly string[]
  label: string
  head: ReactNode
  children: ReactNode
}

/**
 * A table whose columns stay where they are, whatever the figures in them become. Columns that a narrow place has no
 * room for hide by its width.
 */
export function Table({ texts, label, head, children }: Props) {
  return (
    <section aria-label={label} tabIndex={0} className="focus-inset @container relative overflow-x-auto rounded-b-lg">
      <table className={`w-full text-right ${layoutOf(texts)}`}>
        <thead>
          <tr className="whitespace-nowrap">{head}</tr>
        </thead>
        {children}
      </table>
    </section>
  )
}

export function layoutOf(texts: readonly string[]): 'table-auto' | 'table-fixed' {
  return texts.some(text => text.length > ROOM) ? 'table-auto' : 'table-fixed'
}
