import type { IChartApi } from 'lightweight-charts'
import { Icon, type IconName } from '@/components/base/Icon'

const ZOOM = 1.35
const SPACING = { least: 0.9, most: 40 }

/** What the pointer does on the chart, for the keyboard. */
export function ChartTools({ chart, scrolled }: { chart: IChartApi | null; scrolled: boolean }) {
  const scale = chart?.timeScale()
  const zoom = (factor: number) => {
    const spacing = (scale?.options().barSpacing ?? 7) * factor
    scale?.applyOptions({ barSpacing: Math.min(Math.max(spacing, SPACING.least), SPACING.most) })
  }
  const step = (bars: number) => scale?.scrollToPosition(scale.scrollPosition() + bars, false)
  return (
    <div role="toolbar" aria-label="Chart" className="ml-auto flex items-center">
      <Tool icon="chevron" flip label="Earlier bars" onClick={() => step(-30)} />
      <Tool icon="chevron" label="Later bars" onClick={() => step(30)} />
      <Tool icon="minus" label="Zoom out" onClick={() => zoom(1 / ZOOM)} />
      <Tool icon="plus" label="Zoom in" onClick={() => zoom(ZOOM)} />
      <Tool icon="newest" label="Go to the newest bar" lit={scrolled} onClick={() => scale?.scrollToRealTime()} />
    </div>
  )
}

interface ToolProps {
  icon: IconName
  label: string
  onClick: () => void
  flip?: boolean
  lit?: boolean
}

function Tool({ icon, label, onClick, flip = false, lit = false }: ToolProps) {
  return (
    <button
      type="button"
      aria-label={label}
      title={label}
      onClick={onClick}
      className={`grid size-7 pointer-coarse:size-8 place-content-center rounded-md hover:bg-raised hover:text-ink ${lit ? 'bg-brand/15 text-brand' : 'text-dim'}`}
    >
      <Icon name={icon} size={14} className={flip ? 'rotate-180' : ''} />
    </button>
  )
}
