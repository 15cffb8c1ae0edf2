'use client'

import { Button } from '@/components/base/Button'
import { TEXT } from '@/components/base/Chip'
import { Icon } from '@/components/base/Icon'
import { type Notice, noticeOf } from '@/components/live/notice'
import { retry } from '@/store/feed'
import { useLive } from '@/store/live'

const BACKS: Record<Notice['tone'], string> = {
  plain: 'border-line bg-panel',
  good: 'border-line bg-panel',
  warn: 'border-warn/45 bg-warn/10',
  bad: 'border-bad/50 bg-bad/10',
}

/** Always there, so that nothing moves when it has bad news. */
export function StatusLine() {
  const link = useLive(state => state.link)
  const status = useLive(state => state.replica?.status)
  const notice = noticeOf(link, status ?? null)
  return (
    <section
      aria-label="Condition"
      className={`rounded-lg border px-3.5 py-2 ${BACKS[notice.tone]}`}
      role={notice.tone === 'bad' ? 'alert' : 'status'}
    >
      <div className="flex min-h-10 items-start gap-2.5 sm:min-h-6 sm:items-center">
        <Icon name={notice.icon} className={`mt-0.5 shrink-0 sm:mt-0 ${TEXT[notice.tone]}`} />
        <p className="min-w-0 grow">
          <strong className={`mr-2 font-semibold ${notice.tone === 'plain' ? '' : TEXT[notice.tone]}`}>
            {notice.title}
          </strong>
          {notice.text}
          {notice.command && (
            <>
              {' '}
              <code className="whitespace-nowrap rounded bg-raised px-1.5 py-0.5 font-mono text-[12px]">
                {notice.command}
              </code>
            </>
          )}
        </p>
        {notice.retry && (
          <Button icon="feed" onClick={retry} className="-my-1 shrink-0">
            Try now
          </Button>
        )}
      </div>
      {status?.poison && (
        <details className="mt-2">
          <summary className="w-fit rounded font-medium">What it raises</summary>
          <p className="mt-1">
            Input {status.poison.seq}: {status.poison.message}
          </p>
          <pre
            tabIndex={0}
            role="region"
            aria-label="Traceback"
            className="focus-inset mt-2 max-h-64 overflow-auto whitespace-pre-wrap rounded-md border border-line bg-ground p-3 font-mono text-[12px]"
          >
            {status.poison.traceback}
          </pre>
        </details>
      )}
    </section>
  )
}
