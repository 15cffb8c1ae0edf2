// Gathers what comes within a tenth of a second, so that the page is drawn once for it; at once where it was quiet.

const EVERY_MS = 100
/** A page that is not shown gets no animation frames, and must not pile up updates meanwhile. */
const HIDDEN_MS = 500

export class Batch<T> {
  private items: T[] = []
  private frame = 0
  private due: ReturnType<typeof setTimeout> | undefined
  private hidden: ReturnType<typeof setTimeout> | undefined
  private free = 0

  constructor(private readonly use: (items: readonly T[]) => void) {}

  add(item: T): void {
    this.items.push(item)
    if (this.items.length > 1) return
    const wait = Math.max(this.free - performance.now(), 0)
    this.hidden = setTimeout(this.flush, wait + HIDDEN_MS)
    if (wait === 0) this.draw()
    else this.due = setTimeout(this.draw, wait)
  }

  drop(): void {
    cancelAnimationFrame(this.frame)
    clearTimeout(this.due)
    clearTimeout(this.hidden)
    this.items = []
  }

  readonly flush = (): void => {
    const items = this.items
    this.drop()
    if (!items.length) return
    this.free = performance.now() + EVERY_MS
    this.use(items)
  }

  private readonly draw = (): void => {
    this.frame = requestAnimationFrame(this.flush)
  }
}
