'use client'

import { useState } from 'react'
import type { Status } from '@/api/types'
import { Button } from '@/components/base/Button'
import { TEXT } from '@/components/base/Chip'
import { Copy } from '@/components/base/Copy'
import { Dialog } from '@/components/base/Dialog'
import { Icon } from '@/components/base/Icon'
import { type Notice, noticeOf } from '@/components/live/notice'
import { retry } from '@/store/feed'
import { useLive } from '@/store/live'

const BACKS: Record<Notice['tone'], string> = {
  plain: 'border-line bg-panel',
  good: 'border-line bg-panel',
  warn: 'border-warn/45 bg-[color-mix(in_srgb,var(--warn)_10%,var(--panel))]',
  bad: 'border-bad/50 bg-[color-mix(in_srgb,var(--bad)_10%,var(--panel))]',
}

/** Always there and always as high, so that nothing moves when it has bad news; what is longer opens in a dialog. */
export function StatusLine() {
  const link = useLive(state => state.link)
  const status = useLive(state => state.replica?.status) ?? null
  const decisions = useLive(state => (state.replica?.status.switched_off.length ? state.replica.decisions : undefined))
  const notice = noticeOf(link, status, decisions)
  const [open, setOpen] = useState(false)
  return (
    <section
      aria-label="Condition"
      className={`flex h-24 items-center gap-2.5 rounded-lg border pr-2 pl-3.5 md:h-15 lg:h-11 ${BACKS[notice.tone]}`}
      role={notice.tone === 'bad' ? 'alert' : 'status'}
    >
      <Icon name={notice.icon} className={`shrink-0 ${TEXT[notice.tone]}`} />
      {/* The command is not part of what is cut off where there is no room. */}
      <div key={notice.title} className="flex min-w-0 grow items-center gap-x-2 max-md:flex-col max-md:items-start">
        <p className="line-clamp-3 md:line-clamp-2 lg:line-clamp-1">
          <Told notice={notice} />
        </p>
        <Command notice={notice} />
      </div>
      {notice.retry && (
        <Button icon="feed" onClick={retry} aria-label="Try now" className="shrink-0">
          <span className="max-sm:hidden">Try now</span>
        </Button>
      )}
      {notice.detail && (
        <Button icon="info" onClick={() => setOpen(true)} aria-label="Details" className="shrink-0">
          <span className="max-sm:hidden">Details…</span>
        </Button>
      )}
      {open && <Details notice={notice} poison={status?.poison ?? null} onClose={() => setOpen(false)} />}
    </section>
  )
}

function Told({ notice }: { notice: Notice }) {
  return (
    <>
      <strong className={`mr-1 font-semibold ${notice.tone === 'plain' ? '' : TEXT[notice.tone]}`}>
        {notice.title}
      </strong>{' '}
      {notice.text}
    </>
  )
}

function Command({ notice: { command } }: { notice: Notice }) {
  return command && <Copy text={command} shown={command} what="the command" boxed />
}

interface DetailsProps {
  notice: Notice
  poison: Status['poison']
  onClose: () => void
}

function Details({ notice, poison, onClose }: DetailsProps) {
  const actions = (
    <Button onClick={onClose} autoFocus>
      Close
    </Button>
  )
  return (
    <Dialog title={notice.title} onClose={onClose} actions={actions}>
      <p className="whitespace-pre-line break-words text-ink">{notice.detail}</p>
      <p>
        {notice.text} <Command notice={notice} />
      </p>
      {poison && (
        <pre
          tabIndex={0}
          role="region"
          aria-label="Traceback"
          className="focus-inset max-h-64 overflow-auto whitespace-pre-wrap break-words rounded-md border border-line bg-ground p-3 font-mono text-[12px] text-ink"
        >
          {poison.traceback}
        </pre>
      )}
    </Dialog>
  )
}
