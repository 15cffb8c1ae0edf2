// Draws a hatched band where bars are missing, under the bars.
import type {
  IChartApi,
  IPrimitivePaneRenderer,
  ISeriesPrimitive,
  SeriesAttachedParameter,
  Time,
  UTCTimestamp,
} from 'lightweight-charts'
import type { Gap } from '@/calc/gaps'

type Target = Parameters<IPrimitivePaneRenderer['draw']>[0]

const STRIPE = 6

export class GapBands implements ISeriesPrimitive<Time> {
  private chart: IChartApi | null = null
  private redraw: (() => void) | null = null
  private gaps: readonly Gap[] = []
  private color = ''
  private readonly views = [
    { zOrder: () => 'bottom' as const, renderer: () => ({ draw: (target: Target) => this.draw(target) }) },
  ]

  attached({ chart, requestUpdate }: SeriesAttachedParameter<Time>): void {
    this.chart = chart as IChartApi
    this.redraw = requestUpdate
  }

  detached(): void {
    this.chart = this.redraw = null
  }

  paneViews() {
    return this.views
  }

  show(gaps: readonly Gap[], color: string): void {
    this.gaps = gaps
    this.color = color
    this.redraw?.()
  }

  private draw(target: Target): void {
    const bands = this.gaps.flatMap(gap => this.bandOf(gap) ?? [])
    // biome-ignore lint/correctness/useHookAtTopLevel: a method of the library, no hook
    target.useMediaCoordinateSpace(({ context, mediaSize }) => {
      context.strokeStyle = this.color
      context.lineWidth = 1
      for (const { left, right } of bands) {
        if (right < 0 || left > mediaSize.width) continue
        hatch(context, left, right, mediaSize.height)
      }
    })
  }

  /** From the end of the bar before to the beginning of the bar after it. */
  private bandOf({ after, before }: Gap): { left: number; right: number } | null {
    const scale = this.chart?.timeScale()
    const left = scale?.timeToCoordinate((after / 1000) as UTCTimestamp) ?? null
    const right = scale?.timeToCoordinate((before / 1000) as UTCTimestamp) ?? null
    if (!scale || left === null || right === null) return null
    const half = scale.options().barSpacing / 2
    return { left: left + half, right: right - half }
  }
}

function hatch(context: CanvasRenderingContext2D, left: number, right: number, height: number): void {
  const width = right - left
  context.save()
  context.beginPath()
  context.rect(left, 0, width, height)
  context.clip()
  context.beginPath()
  for (let y = -width; y < height; y += STRIPE) {
    context.moveTo(left, y + width)
    context.lineTo(right, y)
  }
  context.stroke()
  context.restore()
}
