'use client'

import { useLive } from '@/store/live'

export function Footer() {
  const software = useLive(state => state.replica?.meta.software)
  return (
    <footer className="mx-auto flex w-full max-w-[1760px] flex-wrap gap-x-5 gap-y-1 pointer-coarse:leading-7 px-3 pt-1 pb-5 text-dim text-xs md:px-4">
      <span>Paper only: no order leaves this machine.</span>
      <span>All times are UTC.</span>
      <span className="min-w-24">{software && `finantrade ${software}`}</span>
      <span className="md:ml-auto">
        <a className="underline hover:text-ink" href="/api/live/status">
          status
        </a>{' '}
        ·{' '}
        <a className="underline hover:text-ink" href="/metrics">
          metrics
        </a>{' '}
        ·{' '}
        <a className="underline hover:text-ink" href="/openapi.json">
          API
        </a>
      </span>
      <span>
        Charts by{' '}
        <a className="underline hover:text-ink" href="https://www.tradingview.com/" rel="noreferrer noopener">
          TradingView
        </a>{' '}
        Lightweight Charts
      </span>
    </footer>
  )
}
