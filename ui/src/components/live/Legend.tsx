import { compact, fixed, signedPercent } from '@/calc/numbers'
import { minute } from '@/calc/times'
import { Delta } from '@/components/base/Delta'
import type { BarRow } from '@/stream/rows'

/** The figures of the bar under the pointer, else of the newest. */
interface Props {
  row: BarRow | null
  time: number | undefined
  decimals: number
}

export function Legend({ row, time, decimals }: Props) {
  const figures: [string, string][] = [
    ['O', fixed(row?.open, decimals)],
    ['H', fixed(row?.high, decimals)],
    ['L', fixed(row?.low, decimals)],
    ['C', fixed(row?.close, decimals)],
  ]
  return (
    <p
      key={row ? 'known' : 'unknown'}
      className="flex h-[1.45em] min-w-0 flex-1 flex-wrap items-baseline gap-x-2.5 overflow-hidden text-xs tabular-nums max-sm:order-last max-sm:h-9 max-sm:basis-full"
    >
      <span className="text-dim max-2xl:hidden">{minute(time)}</span>
      {figures.map(([name, value]) => (
        <span key={name} className="whitespace-nowrap">
          <span className="text-dim">{name}</span> {value}
        </span>
      ))}
      <Delta text={signedPercent(row && row.close / row.open - 1)} className="min-w-17" />
      <span className="whitespace-nowrap max-lg:hidden">
        <span className="text-dim">Vol</span> {compact(row?.volume)}
      </span>
    </p>
  )
}
