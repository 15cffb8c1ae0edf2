// Gathers what comes within one animation frame, so that the page is drawn once for it.

/** A page that is not shown gets no animation frames, and must not pile up updates meanwhile. */
const HIDDEN_MS = 500

export class Batch<T> {
  private items: T[] = []
  private frame = 0
  private timer: ReturnType<typeof setTimeout> | undefined

  constructor(private readonly use: (items: readonly T[]) => void) {}

  add(item: T): void {
    this.items.push(item)
    if (this.items.length > 1) return
    this.frame = requestAnimationFrame(this.flush)
    this.timer = setTimeout(this.flush, HIDDEN_MS)
  }

  drop(): void {
    cancelAnimationFrame(this.frame)
    clearTimeout(this.timer)
    this.items = []
  }

  readonly flush = (): void => {
    const items = this.items
    this.drop()
    if (items.length) this.use(items)
  }
}
