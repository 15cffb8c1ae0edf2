// When to come back after a connection has gone, and what to call its going.

export const GOING_DOWN = 1001
export const UNEXPECTED = 1008
export const TOO_MANY = 1013
export const BEHIND = 4008
/** Our own names for why the page itself hangs up. */
export const HOLE = 4900
export const SILENT = 4901

const FIRST_MS = 500
const LONGEST_MS = 5_000

/** Return how long to wait before attempt number `attempt` (from 0); at once where only a fresh snapshot is wanted. */
export function delayOf(code: number, attempt: number, random: number = Math.random()): number {
  if (attempt === 0 && (code === BEHIND || code === HOLE)) return 0
  const bound = Math.min(FIRST_MS * 2 ** attempt, LONGEST_MS)
  return Math.round(bound * (0.8 + 0.2 * random))
}

export function reasonOf(code: number, said: string): string {
  switch (code) {
    case GOING_DOWN:
      return 'The daemon went down.'
    case UNEXPECTED:
      return `The daemon refused the connection${said ? `: ${said}` : ''}.`
    case TOO_MANY:
      return 'Too many pages are open: close one of them.'
    case BEHIND:
      return 'This page fell behind and begins again.'
    case HOLE:
      return 'An update was missing: beginning again with a fresh snapshot.'
    case SILENT:
      return 'The daemon has gone silent.'
    default:
      return 'The daemon cannot be reached.'
  }
}
