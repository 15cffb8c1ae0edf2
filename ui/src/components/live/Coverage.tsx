'use client'

import type { CoverageSummary, Keeping, SeriesShare } from '@/api/types'
import { kindTitle, shareText } from '@/calc/coverage'
import { whole } from '@/calc/numbers'
import { duration } from '@/calc/times'
import { Card } from '@/components/base/Card'
import { Chip } from '@/components/base/Chip'
import { Line } from '@/components/live/Fact'
import { useLive } from '@/store/live'

/** How much of the data this session goes by there is, and what of it is kept. */
export function Coverage() {
  const coverage = useLive(state => state.replica?.status.coverage) ?? null
  const keeping = useLive(state => state.replica?.status.keeping) ?? null
  if (!coverage && !keeping) return null
  return (
    <Card title="Data" aside={coverage && <Flags coverage={coverage} />}>
      {coverage && <Shares series={coverage.series} />}
      {coverage && <Words title="Absent" words={coverage.absent.map(kindTitle)} tone="text-warn" />}
      {coverage && <Words title="Assumed" words={coverage.assumed} tone="text-dim" />}
      {coverage && coverage.more > 0 && (
        <Words title="More" words={[`${whole(coverage.more)} not shown`]} tone="text-dim" />
      )}
      {keeping && <Kept keeping={keeping} />}
    </Card>
  )
}

function Flags({ coverage: { poor, synthetic } }: { coverage: CoverageSummary }) {
  return (
    <span className="flex gap-2">
      {synthetic && <Chip>synthetic</Chip>}
      <Chip tone={poor ? 'warn' : 'good'}>{poor ? 'poor coverage' : 'covered'}</Chip>
    </span>
  )
}

/** Many series are many lines: as high as some of them, whatever there are. */
function Shares({ series }: { series: readonly SeriesShare[] }) {
  return (
    <section
      aria-label="Coverage by series"
      tabIndex={0}
      className="focus-inset max-h-40 overflow-y-auto border-line border-t"
    >
      <ul>
        {series.map(one => (
          <li
            key={`${one.kind}/${one.symbol}/${one.interval}`}
            className="flex h-8 items-center gap-3 border-line px-3.5 not-first:border-t"
          >
            <span className="max-w-32 shrink-0 truncate font-medium" title={one.symbol}>
              {one.symbol}
            </span>
            <span className="min-w-0 truncate text-dim text-xs">
              {kindTitle(one.kind)} {one.interval}
              {one.synthetic && ', synthetic'}
            </span>
            <span className="ml-auto whitespace-nowrap text-dim text-xs">
              {one.gaps ? `${whole(one.gaps)} ${one.gaps === 1 ? 'gap' : 'gaps'}` : ''}
            </span>
            <span className={`w-20 text-right tabular-nums ${one.poor ? 'text-warn' : ''}`}>{shareText(one)}</span>
          </li>
        ))}
      </ul>
    </section>
  )
}

function Words({ title, words, tone }: { title: string; words: readonly string[]; tone: string }) {
  if (!words.length) return null
  return (
    <Line title={title}>
      {words.map(word => (
        <li key={word} className={tone}>
          {word}
        </li>
      ))}
    </Line>
  )
}

function Kept({ keeping }: { keeping: Keeping }) {
  const { rows, revised, left_out, age_s, trouble } = keeping
  return (
    <Line title="Kept">
      <li title={keeping.store}>{`${whole(rows)} rows in the local store`}</li>
      <li className="text-dim">{age_s === null ? 'nothing yet' : `${duration(Math.floor(age_s))} ago`}</li>
      {revised > 0 && <li className="text-dim">{`${whole(revised)} revised`}</li>}
      {left_out > 0 && <li className="text-warn">{`${whole(left_out)} bad, left out`}</li>}
      {trouble && (
        <li className="text-warn" title={trouble}>
          cannot be written now; tried again
        </li>
      )}
    </Line>
  )
}
