import type { Gap } from '@/calc/gaps'
import { whole } from '@/calc/numbers'
import { brief } from '@/calc/times'

const KEY = [
  { mark: '▲', name: 'long entry', color: 'text-up' },
  { mark: '▼', name: 'short entry', color: 'text-down' },
  { mark: '● X', name: 'exit', color: 'text-ink' },
  { mark: '■ SL', name: 'stop', color: 'text-bad' },
  { mark: '● TP', name: 'take-profit', color: 'text-good' },
] as const

interface Props {
  gap: Gap | undefined
  timeframe: number
  forms: boolean
}

/** What the marks mean, where bars went missing last, and which candle is not over, where one is shown. */
export function MarkKey({ gap, timeframe, forms }: Props) {
  return (
    <ul
      aria-label="Marks on the chart"
      className="flex flex-wrap gap-x-4 border-line border-t px-3.5 py-1.5 text-dim text-xs max-sm:min-h-12"
    >
      {KEY.map(({ mark, name, color }) => (
        <li key={name} className="whitespace-nowrap">
          <span aria-hidden="true" className={`mr-1.5 font-semibold ${color}`}>
            {mark}
          </span>
          {name}
        </li>
      ))}
      <li className="whitespace-nowrap">
        <span aria-hidden="true" className="hatch mr-1.5 inline-block h-2.5 w-4 border border-line align-[-1px]" />
        {gap ? missing(gap, timeframe) : 'missing bars'}
      </li>
      {forms && (
        <li className="whitespace-nowrap">
          <span aria-hidden="true" className="mr-1.5 inline-block h-2.5 w-1.5 border border-up align-[-1px]" />
          not over yet
        </li>
      )}
    </ul>
  )
}

function missing({ after, bars }: Gap, timeframe: number): string {
  return `${whole(bars)} ${bars === 1 ? 'bar' : 'bars'} missing, ${brief(after + timeframe)}`
}
