/** Stands where text will be, as high as the text. */
export function Skeleton({ width, className = '' }: { width: string; className?: string }) {
  return <span aria-hidden="true" className={`skeleton h-[0.8em] ${className}`} style={{ width }} />
}

interface RowsProps {
  count: number
  label: string
  /** As high as what will stand there. */
  className?: string
}

export function Rows({ count, label, className = '' }: RowsProps) {
  return (
    <div role="status" aria-label={label} className={`grid content-start gap-3 px-3.5 py-2 ${className}`}>
      {Array.from({ length: count }, (_, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: they are all alike
        <Skeleton key={i} width={`${92 - ((i * 17) % 40)}%`} />
      ))}
    </div>
  )
}
