'use client'

import Link from 'next/link'
import { Chip } from '@/components/base/Chip'
import { Icon } from '@/components/base/Icon'
import { Connected } from '@/components/shell/Connected'
import { Tabs } from '@/components/shell/Tabs'
import { ThemeSwitch } from '@/components/shell/ThemeSwitch'
import { useLive } from '@/store/live'

export function TopBar() {
  return (
    <header className="sticky top-0 z-30 border-line border-b bg-panel">
      <div className="mx-auto flex max-w-[1760px] flex-wrap items-center gap-x-4 px-3 md:h-13 md:flex-nowrap md:px-4">
        <Link
          href="/"
          prefetch={false}
          className="flex h-12 items-center gap-2 font-semibold text-[15px] tracking-tight"
        >
          <Brand />
          finantrade
        </Link>
        <Tabs />
        <div className="ml-auto flex items-center gap-1.5">
          <Synthetic />
          <Chip tone="warn" title="No real order is ever sent">
            <Icon name="lock" size={11} />
            <span className="tracking-wide max-sm:hidden">PAPER ONLY</span>
            <span className="tracking-wide sm:hidden">PAPER</span>
          </Chip>
          <Connected />
          <ThemeSwitch />
        </div>
      </div>
    </header>
  )
}

function Synthetic() {
  const synthetic = useLive(state => state.replica?.status.synthetic_data ?? false)
  if (!synthetic) return null
  return (
    <Chip tone="warn" title="These prices are generated: they never were on a market">
      SYNTHETIC<span className="max-sm:hidden"> DATA</span>
    </Chip>
  )
}

function Brand() {
  return (
    <svg viewBox="0 0 32 32" width={24} height={24} aria-hidden="true">
      <rect width="32" height="32" rx="8" fill="#0f766e" />
      <path
        d="M6 21.5l6.6-8 5.2 4.4L26 9"
        fill="none"
        stroke="#fff"
        strokeWidth="3.2"
        strokeLinecap="round"
        strokeLinejoin="round"
      />
    </svg>
  )
}
