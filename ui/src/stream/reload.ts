// A page that was built for another daemon loads itself again, once for each page that the daemon asks for.
import type { Snapshot } from '@/api/types'

const KEY = 'finantrade.reloaded-for'

export type Fit = 'fits' | 'reload' | 'differs'

/** `tried` is the page for which this tab has been loaded again already. */
export function fitOf(snapshot: Snapshot, page: string, apiVersion: number, tried: string | null): Fit {
  const wanted = snapshot.meta.page
  const other = Boolean(wanted) && Boolean(page) && wanted !== page
  if (!other && snapshot.api_version === apiVersion) return 'fits'
  return tried === nameOf(snapshot) ? 'differs' : 'reload'
}

export function triedBefore(): string | null {
  return sessionStorage.getItem(KEY)
}

export function reloadFor(snapshot: Snapshot): void {
  sessionStorage.setItem(KEY, nameOf(snapshot))
  location.reload()
}

function nameOf(snapshot: Snapshot): string {
  return `${snapshot.api_version}/${snapshot.meta.page}`
}
