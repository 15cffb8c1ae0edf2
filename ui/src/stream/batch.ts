// Gathers what comes within a tenth of a second, so that the page is drawn once for it; at once where it was quiet.

const EVERY_MS = 100

/** With a timer and not with the animation frame: what charts draw of it is then in the very next one. */
export class Batch<T> {
  private items: T[] = []
  private timer: ReturnType<typeof setTimeout> | undefined
  private free = 0

  constructor(private readonly use: (items: readonly T[]) => void) {}

  add(item: T): void {
    this.items.push(item)
    if (this.items.length > 1) return
    this.timer = setTimeout(this.flush, Math.max(this.free - performance.now(), 0))
  }

  drop(): void {
    clearTimeout(this.timer)
    this.items = []
  }

  readonly flush = (): void => {
    const items = this.items
    this.drop()
    if (!items.length) return
    this.free = performance.now() + EVERY_MS
    this.use(items)
  }
}
