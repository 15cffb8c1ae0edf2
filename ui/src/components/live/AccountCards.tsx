'use client'

import type { ReactNode } from 'react'
import { dayOf, exposureOf, returnOf } from '@/calc/account'
import { fixed, money, percent, signed, signedPercent } from '@/calc/numbers'
import { Delta } from '@/components/base/Delta'
import { Skeleton } from '@/components/base/Skeleton'
import { DayGauge } from '@/components/live/DayGauge'
import { useLive } from '@/store/live'

export function AccountCards() {
  const account = useLive(state => state.replica?.status.account)
  const positions = useLive(state => state.replica?.status.positions)
  const day = account && dayOf(account)
  const exposure = account && positions && exposureOf(positions, account.equity)
  return (
    <section aria-label="Account" className="grid grid-cols-2 gap-3 md:grid-cols-3 xl:grid-cols-5">
      <Tile name="Equity" unit={account?.quote} figure={account && money(account.equity)} wide>
        {account && (
          <>
            since {money(account.initial)} <Delta text={signedPercent(returnOf(account))} />
          </>
        )}
      </Tile>
      <Tile name="Today" figure={day && signed(day.change)} delta>
        {day && <DayGauge day={day} />}
      </Tile>
      <Tile name="Realised" figure={account && signed(account.realised)} delta>
        {account && `cash ${money(account.cash)}`}
      </Tile>
      <Tile name="Fees" figure={account && money(account.fees)}>
        {account && `${percent(account.fees / account.initial)} of the start`}
      </Tile>
      <Tile name="Open exposure" figure={exposure && money(exposure.gross)}>
        {exposure && (
          <>
            {fixed(exposure.leverage, 2)}× equity
            <span className="max-sm:hidden">, net {signed(exposure.net, 0)}</span>
          </>
        )}
      </Tile>
    </section>
  )
}

interface TileProps {
  name: string
  unit?: string
  figure: string | undefined
  children: ReactNode
  /** Whether the figure is a gain or a loss. */
  delta?: boolean
  wide?: boolean
}

/** As large as the tile has room for, so that every digit is there. */
function sizeOf(figure: string | undefined): string {
  return figure ? `min(22px, calc(100cqw / ${(figure.length + 1) * 0.6}))` : '22px'
}

function Tile({ name, unit, figure, children, delta = false, wide = false }: TileProps) {
  return (
    <div
      className={`@container min-w-0 rounded-lg border border-line bg-panel px-3.5 py-2.5 md:max-xl:last:col-span-2 ${wide ? 'max-md:col-span-2' : ''}`}
    >
      <h2 className="text-dim">
        {name}
        {unit && <span className="ml-1.5 text-xs">{unit}</span>}
      </h2>
      <p
        className="flex h-8 items-center font-semibold tabular-nums tracking-tight"
        style={{ fontSize: sizeOf(figure) }}
      >
        {figure === undefined ? <Skeleton width="7rem" /> : delta ? <Delta text={figure} /> : figure}
      </p>
      <div className="h-[1.5em] truncate text-dim text-xs tabular-nums leading-normal">
        {children || <Skeleton width="60%" />}
      </div>
    </div>
  )
}
