/** Stands where text will be, as high as the text. */
export function Skeleton({ width, className = '' }: { width: string; className?: string }) {
  return <span aria-hidden="true" className={`skeleton h-[0.8em] ${className}`} style={{ width }} />
}

export function Rows({ count, label, height }: { count: number; label: string; height?: number }) {
  return (
    <div role="status" aria-label={label} className="grid content-start gap-3 px-3.5 py-2" style={{ height }}>
      {Array.from({ length: count }, (_, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: they are all alike
        <Skeleton key={i} width={`${92 - ((i * 17) % 40)}%`} />
      ))}
    </div>
  )
}
