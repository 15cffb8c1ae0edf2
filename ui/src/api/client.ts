// Requests to the daemon. Every failure is a Problem with a message for people and, where there is one, a hint.
import type { Bars, DecisionRow, FillRow, Said } from '@/api/types'

export type Wish =
  | { action: 'pause' }
  | { action: 'resume' }
  | { action: 'flatten' }
  | { action: 'stop'; keep_positions: boolean }
  | { action: 'close'; symbol: string }

export interface Outcome {
  seq: number
  said: Said[]
}

interface ErrorBody {
  error?: { code?: string; message?: string; path?: string | null; hint?: string | null }
}

/** The daemon waits ten seconds for its lane before it answers that there is no outcome yet. */
const PATIENCE_MS = 15_000

export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly hint: string | null = null,
  ) {
    super(message)
  }
}

export function command(wish: Wish): Promise<Outcome> {
  return ask<Outcome>('/api/live/control', wish)
}

export async function signIn(token: string): Promise<void> {
  await ask('/api/session', { token })
}

export async function barsBefore(symbol: string, before: number, limit: number): Promise<Bars> {
  const wanted = new URLSearchParams({ symbol, before: String(before), limit: String(limit) })
  return (await ask<{ bars: Bars }>(`/api/live/bars?${wanted}`)).bars
}

export async function decisionsBefore(before: number, limit: number): Promise<DecisionRow[]> {
  const wanted = new URLSearchParams({ before: String(before), limit: String(limit) })
  return (await ask<{ decisions: DecisionRow[] }>(`/api/live/decisions?${wanted}`)).decisions
}

export async function fillsBefore(before: number, limit: number): Promise<FillRow[]> {
  const wanted = new URLSearchParams({ before: String(before), limit: String(limit) })
  return (await ask<{ fills: FillRow[] }>(`/api/live/fills?${wanted}`)).fills
}

/** Says why the stream does not open, which a browser does not tell. */
export async function probe(): Promise<'ok' | 'signed-out' | 'unreachable'> {
  try {
    const answered = await fetch('/api/meta', { cache: 'no-store', signal: AbortSignal.timeout(PATIENCE_MS) })
    return answered.status === 401 ? 'signed-out' : 'ok'
  } catch {
    return 'unreachable'
  }
}

/** POST where there is a body, GET where there is none. */
async function ask<T>(path: string, body?: unknown): Promise<T> {
  const answered = await send(path, body)
  const said: unknown = await answered.json().catch(() => null)
  if (!answered.ok) throw problemOf(answered.status, said as ErrorBody | null)
  if (said === null) throw new Problem(answered.status, 'no_json', 'The daemon gave an answer that is not JSON.')
  return said as T
}

async function send(path: string, body: unknown): Promise<Response> {
  const request: RequestInit = { cache: 'no-store', signal: AbortSignal.timeout(PATIENCE_MS) }
  if (body !== undefined) {
    request.method = 'POST'
    request.headers = { 'Content-Type': 'application/json' }
    request.body = JSON.stringify(body)
  }
  try {
    return await fetch(path, request)
  } catch {
    throw new Problem(0, 'unreachable', 'The daemon did not answer.', 'See whether it still runs, then try again.')
  }
}

function problemOf(status: number, body: ErrorBody | null): Problem {
  const error = body?.error
  const message = error?.message ?? `The daemon answered ${status} without saying why.`
  return new Problem(status, error?.code ?? 'unknown', message, error?.hint ?? null)
}
