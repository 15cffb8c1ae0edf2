'use client'

import type { FeedStatus } from '@/api/types'
import { fixed, UNKNOWN } from '@/calc/numbers'
import { clock, duration, minute } from '@/calc/times'
import { Card } from '@/components/base/Card'
import { Chip } from '@/components/base/Chip'
import { Figure } from '@/components/base/Figure'
import { Rows } from '@/components/base/Skeleton'
import { Table } from '@/components/live/Table'
import { useLive } from '@/store/live'

const TH = 'px-2 pb-1.5 font-medium text-dim text-xs first:pl-3.5 last:pr-3.5'
const TD = 'h-9 border-line border-t px-2 first:pl-3.5 last:pr-3.5'

export function Feeds() {
  const feeds = useLive(state => state.replica?.status.feeds)
  const since = useLive(state => (state.link.phase === 'lost' ? state.link.since : null))
  return (
    <Card title="Feeds" aside={feeds && <InAll feeds={feeds} since={since} />}>
      {!feeds && <Rows count={3} label="Loading feeds" className="h-[94.5px]" />}
      {feeds && (
        <Table
          label="How fresh each feed is"
          texts={feeds.flatMap(one => [one.symbol, fixed(one.last_price, 2)])}
          head={<Head />}
        >
          <tbody>
            {feeds.map(feed => (
              <Line key={feed.symbol} feed={feed} known={since === null} />
            ))}
          </tbody>
        </Table>
      )}
    </Card>
  )
}

/** `since` is when the daemon was last heard, where it is not heard now. */
function InAll({ feeds, since }: { feeds: readonly FeedStatus[]; since: number | null }) {
  const stale = feeds.filter(feed => feed.stale).length
  const waiting = feeds.filter(feed => feed.age_s === null).length
  const rest = waiting ? `${waiting} waiting` : 'all fresh'
  const text = since !== null ? `as of ${clock(since)} UTC` : stale ? `${stale} stale` : rest
  return (
    <span key={text} className={`text-xs ${since === null && stale ? 'text-warn' : 'text-dim'}`}>
      {text}
    </span>
  )
}

function Head() {
  return (
    <>
      <th className={`${TH} text-left`}>Symbol</th>
      <th className={TH}>Last price</th>
      <th className={`${TH} w-36 @max-sm:hidden`}>Last close (UTC)</th>
      <th className={TH}>Heard</th>
      <th className={`${TH} w-24`}>State</th>
    </>
  )
}

function Line({ feed, known }: { feed: FeedStatus; known: boolean }) {
  const decimals = useLive(state => state.replica?.meta.symbols.find(one => one.symbol === feed.symbol)?.decimals)
  return (
    <tr>
      <th scope="row" className={`${TD} text-left font-medium`}>
        <div className="max-w-40 truncate" title={feed.symbol}>
          {feed.symbol}
        </div>
      </th>
      <td className={TD}>
        <Figure text={fixed(feed.last_price, decimals ?? 2)} />
      </td>
      <td className={`${TD} whitespace-nowrap text-dim @max-sm:hidden`}>{minute(feed.last_close_time)}</td>
      <td className={`${TD} whitespace-nowrap text-dim`}>
        <Figure text={known ? heardOf(feed) : UNKNOWN} />
      </td>
      <td className={TD}>{known ? <Freshness feed={feed} /> : <Chip>unknown</Chip>}</td>
    </tr>
  )
}

function heardOf({ age_s }: FeedStatus): string {
  return age_s === null ? 'not yet' : `${duration(age_s)} ago`
}

function Freshness({ feed }: { feed: FeedStatus }) {
  if (feed.stale) return <Chip tone="warn">stale</Chip>
  return feed.age_s === null ? <Chip>waiting</Chip> : <Chip tone="good">fresh</Chip>
}
