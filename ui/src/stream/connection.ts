// The websocket: opened, watched for holes and silence, closed, and opened again. Knows nothing of what frames mean.
import type { Frame, Snapshot, Update } from '@/api/types'
import { delayOf, GOING_DOWN, HOLE, reasonOf, SILENT } from '@/stream/retry'
import { judge } from '@/stream/sequence'

/** The daemon says something at least once a second. */
const SILENCE_MS = 3_000
/** Opening includes a snapshot, which a slow wire may take a while for. */
const OPENING_MS = 10_000

/** Of no kind that is known: nothing can be made of it. */
const GARBAGE = { frame: 'garbage' } as unknown as Frame

export interface Sink {
  opening(): void
  snapshot(frame: Snapshot): void
  update(frame: Update): void
  /** Called once for every connection that goes; `retryIn` in milliseconds. */
  lost(reason: string, retryIn: number, wasOpen: boolean): void
}

/** What is used of a WebSocket. */
export interface Socket {
  onmessage: ((event: { data: unknown }) => void) | null
  onclose: ((event: { code: number; reason: string }) => void) | null
  close(): void
}

export class Connection {
  private socket: Socket | null = null
  private n: number | null = null
  private attempt = 0
  private watch: ReturnType<typeof setTimeout> | undefined
  private retry: ReturnType<typeof setTimeout> | undefined
  private goodbye: string | null = null

  constructor(
    private readonly dial: () => Socket,
    private readonly sink: Sink,
  ) {}

  open(): void {
    clearTimeout(this.retry)
    this.release()
    this.n = null
    this.goodbye = null
    this.sink.opening()
    const socket = this.dial()
    this.socket = socket
    this.expect(OPENING_MS)
    socket.onmessage = event => this.hear(event.data)
    socket.onclose = event => this.gone(event.code, event.reason)
  }

  /** Try now rather than when it is due. */
  hurry(): void {
    if (this.socket) return
    this.attempt = 0
    this.open()
  }

  close(): void {
    clearTimeout(this.retry)
    this.release()
  }

  private hear(data: unknown): void {
    const heard = judge(this.n, parsed(data))
    switch (heard.kind) {
      case 'snapshot':
        this.n = heard.frame.n
        this.sink.snapshot(heard.frame)
        break
      case 'update':
        // Not with the snapshot: if every update were broken, snapshots would be asked for without a pause.
        this.attempt = 0
        this.n = heard.frame.n
        this.sink.update(heard.frame)
        break
      case 'goodbye':
        this.goodbye = heard.frame.reason
        break
      case 'hole':
        this.gone(HOLE, '')
        return
    }
    this.expect(SILENCE_MS)
  }

  private expect(within: number): void {
    clearTimeout(this.watch)
    this.watch = setTimeout(() => this.gone(SILENT, ''), within)
  }

  private gone(code: number, reason: string): void {
    const wasOpen = this.n !== null
    const known = this.goodbye === null ? code : GOING_DOWN
    this.release()
    const delay = delayOf(known, this.attempt)
    this.attempt += 1
    this.retry = setTimeout(() => this.open(), delay)
    this.sink.lost(reasonOf(known, this.goodbye ?? reason), delay, wasOpen)
  }

  private release(): void {
    clearTimeout(this.watch)
    const socket = this.socket
    this.socket = null
    if (!socket) return
    socket.onmessage = socket.onclose = null
    socket.close()
  }
}

function parsed(data: unknown): Frame {
  try {
    return (JSON.parse(String(data)) ?? GARBAGE) as Frame
  } catch {
    return GARBAGE
  }
}
