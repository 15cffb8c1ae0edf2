import type { Day } from '@/calc/account'
import { percent, signedPercent } from '@/calc/numbers'

/** How much of the day's loss limit is used up. */
export function DayGauge({ day }: { day: Day }) {
  if (day.limit === null || day.used === null) return <>{signedPercent(day.share)}, no limit</>
  const near = day.used >= 0.75
  return (
    <span className="flex items-center gap-2">
      <span className="min-w-14">{signedPercent(day.share)}</span>
      <span
        role="meter"
        aria-label="Daily loss limit used"
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={Math.round(day.used * 100)}
        className="h-1.5 min-w-8 grow overflow-hidden rounded-full bg-raised"
      >
        <span
          className={`block h-full origin-left rounded-full transition-transform ${near ? 'bg-bad' : 'bg-down'}`}
          style={{ transform: `scaleX(${day.used})` }}
        />
      </span>
      <span>−{percent(day.limit, 0)}</span>
    </span>
  )
}
