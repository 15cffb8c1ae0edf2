'use client'

import { AccountCards } from '@/components/live/AccountCards'
import { ControlPanel } from '@/components/live/ControlPanel'
import { Coverage } from '@/components/live/Coverage'
import { DecisionLog } from '@/components/live/DecisionLog'
import { EquityCard } from '@/components/live/EquityCard'
import { Feeds } from '@/components/live/Feeds'
import { Fills } from '@/components/live/Fills'
import { Lane } from '@/components/live/Lane'
import { Orders } from '@/components/live/Orders'
import { Positions } from '@/components/live/Positions'
import { PriceCard } from '@/components/live/PriceCard'
import { SessionBar } from '@/components/live/SessionBar'
import { StatusLine } from '@/components/live/StatusLine'
import { Wires } from '@/components/live/Wires'
import { useLive } from '@/store/live'

export function LivePage() {
  const lost = useLive(state => state.link.phase === 'lost' && state.replica !== null)
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-3">
      <SessionBar />
      <StatusLine />
      <div
        className={`grid min-w-0 grid-cols-[minmax(0,1fr)] gap-3 transition-[opacity,filter] ${lost ? 'is-lost' : ''}`}
      >
        <AccountCards />
        <div className="grid min-w-0 grid-cols-[minmax(0,1fr)] gap-3 lg:grid-cols-[minmax(0,1fr)_23.5rem] 2xl:grid-cols-[minmax(0,1fr)_28rem]">
          <div className="grid min-w-0 grid-cols-[minmax(0,1fr)] content-start gap-3">
            <PriceCard />
            <Positions />
            <EquityCard />
          </div>
          {/* On a narrow screen the control comes before the charts, the log after them. */}
          <div className="grid min-w-0 gap-3 max-lg:contents lg:grid-rows-[auto_minmax(0,1fr)]">
            <div className="min-w-0 max-lg:-order-1">
              <ControlPanel />
            </div>
            {/* The log is as high as what stands beside it, whatever is in it. */}
            <div className="relative h-[34rem] min-w-0 lg:h-auto">
              <DecisionLog />
            </div>
          </div>
        </div>
        <div className="grid min-w-0 grid-cols-[minmax(0,1fr)] gap-3 lg:grid-cols-[minmax(0,1.25fr)_minmax(0,1fr)]">
          <div className="relative h-[26rem] min-w-0 lg:h-auto">
            <Fills />
          </div>
          <div className="grid min-w-0 grid-cols-[minmax(0,1fr)] content-start gap-3">
            <Orders />
            <Feeds />
            <Wires />
            <Coverage />
            <Lane />
          </div>
        </div>
      </div>
    </div>
  )
}
