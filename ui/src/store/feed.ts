// Runs the stream into the store, at most ten store changes a second.
import { probe } from '@/api/client'
import { API_VERSION, PAGE_ID } from '@/api/page'
import type { Snapshot, Update } from '@/api/types'
import { type Link, useLive } from '@/store/live'
import { Batch } from '@/stream/batch'
import { Connection, type Socket } from '@/stream/connection'
import { fitOf, reloadFor, triedBefore } from '@/stream/reload'
import { advanced, begun, type Replica } from '@/stream/replica'

type Item = { frame: Snapshot | Update; heard: number }

let connection: Connection | null = null

/** Open the stream and keep it; returns what ends it. */
export function follow(): () => void {
  const batch = new Batch<Item>(fold)
  const mine = new Connection(dial, {
    opening: () => undefined,
    snapshot: frame => batch.add({ frame, heard: performance.now() }),
    update: frame => batch.add({ frame, heard: performance.now() }),
    lost: (reason, _retryIn, wasOpen) => {
      batch.flush()
      lose(reason)
      if (!wasOpen) void explain(mine)
    },
  })
  connection = mine
  mine.open()
  const hurry = () => document.visibilityState === 'visible' && mine.hurry()
  window.addEventListener('online', hurry)
  document.addEventListener('visibilitychange', hurry)
  return () => {
    window.removeEventListener('online', hurry)
    document.removeEventListener('visibilitychange', hurry)
    mine.close()
    batch.drop()
  }
}

/** Connect now. */
export function retry(): void {
  connection?.hurry()
}

function dial(): Socket {
  const scheme = location.protocol === 'https:' ? 'wss' : 'ws'
  return new WebSocket(`${scheme}://${location.host}/api/live/stream`) as Socket
}

function fold(items: readonly Item[]): void {
  let replica = useLive.getState().replica
  let link: Link = { phase: 'live' }
  for (const { frame, heard } of items) {
    if (frame.frame === 'snapshot') {
      const fit = fitOf(frame, PAGE_ID, API_VERSION, triedBefore())
      if (fit === 'reload') {
        reloadFor(frame)
        return
      }
      if (fit === 'differs') link = { phase: 'differs' }
    }
    replica = folded(replica, frame, heard)
  }
  const before = useLive.getState().link
  const stays = before.phase === 'differs' || before.phase === link.phase
  useLive.setState({ replica, link: stays ? before : link })
}

function folded(replica: Replica | null, frame: Snapshot | Update, heard: number): Replica | null {
  if (frame.frame === 'snapshot') return begun(frame, heard, replica)
  return replica && advanced(replica, frame, heard)
}

function lose(reason: string): void {
  useLive.setState(({ link }) => {
    if (link.phase === 'signed-out') return {}
    return { link: { phase: 'lost', reason, since: link.phase === 'lost' ? link.since : Date.now() } }
  })
}

async function explain(mine: Connection): Promise<void> {
  if ((await probe()) !== 'signed-out') return
  mine.close()
  useLive.setState({ link: { phase: 'signed-out' } })
}

/** Called once a token has been accepted. */
export function signedIn(): void {
  useLive.setState({ link: { phase: 'opening' } })
  connection?.hurry()
}
