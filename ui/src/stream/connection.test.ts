import assert from 'node:assert/strict'
import { mock, test } from 'node:test'
import { Connection, type Sink, type Socket } from '@/stream/connection'
import { snapshot, update } from '@/stream/frames'

class FakeSocket implements Socket {
  onmessage: Socket['onmessage'] = null
  onclose: Socket['onclose'] = null
  closed = false
  close() {
    this.closed = true
  }
  say(frame: unknown) {
    this.onmessage?.({ data: JSON.stringify(frame) })
  }
}

function opened() {
  const sockets: FakeSocket[] = []
  const heard: string[] = []
  const sink: Sink = {
    opening: () => heard.push('opening'),
    snapshot: frame => heard.push(`snapshot ${frame.n}`),
    update: frame => heard.push(`update ${frame.n}`),
    lost: (reason, retryIn, wasOpen) => heard.push(`lost ${wasOpen} ${retryIn ? 'later' : 'at once'}: ${reason}`),
  }
  const dial = () => {
    const socket = new FakeSocket()
    sockets.push(socket)
    return socket
  }
  const connection = new Connection(dial, sink)
  connection.open()
  return { connection, sockets, heard, newest: () => sockets.at(-1) as FakeSocket }
}

test('a hole closes the socket and a fresh snapshot heals it', t => {
  mock.timers.enable({ apis: ['setTimeout'] })
  t.after(() => mock.timers.reset())
  const { heard, sockets, newest } = opened()
  newest().say(snapshot(4))
  newest().say(update(5))
  newest().say(update(7))
  assert.ok(sockets[0]?.closed)
  mock.timers.tick(0)
  newest().say(snapshot(7))
  newest().say(update(8))
  assert.equal(sockets.length, 2)
  assert.deepEqual(heard, [
    'opening',
    'snapshot 4',
    'update 5',
    'lost true at once: An update was missing: beginning again with a fresh snapshot.',
    'opening',
    'snapshot 7',
    'update 8',
  ])
})

test('silence is noticed within three seconds', t => {
  mock.timers.enable({ apis: ['setTimeout'] })
  t.after(() => mock.timers.reset())
  const { heard, newest } = opened()
  newest().say(snapshot(1))
  mock.timers.tick(2_900)
  assert.equal(heard.length, 2)
  mock.timers.tick(200)
  assert.match(heard.at(-1) ?? '', /silent/)
})

test('a goodbye says why the close that follows came', t => {
  mock.timers.enable({ apis: ['setTimeout'] })
  t.after(() => mock.timers.reset())
  const { heard, newest } = opened()
  newest().say(snapshot(1))
  newest().say({ frame: 'goodbye', reason: 'the daemon is going down' })
  newest().onclose?.({ code: 1006, reason: '' })
  assert.match(heard.at(-1) ?? '', /The daemon went down/)
})

for (const data of ['{"frame": 7', 'null', '7', '']) {
  test(`garbage such as ${JSON.stringify(data)} is a hole, not a crash`, t => {
    mock.timers.enable({ apis: ['setTimeout'] })
    t.after(() => mock.timers.reset())
    const { heard, newest } = opened()
    newest().say(snapshot(1))
    newest().onmessage?.({ data })
    assert.match(heard.at(-1) ?? '', /^lost/)
  })
}

const { status: _, ...statusless } = update(2)
const BROKEN: [what: string, frame: object][] = [
  ['an update without a status', statusless],
  ['a status without its lane', update(2, { status: { ...update(2).status, lane: undefined as never } })],
  ['a status of another kind', update(2, { status: [] as never })],
  ['bars without a column', update(2, { bars: { A: { open_time: [1] } as never } })],
  ['fills that are no list', update(2, { fills: {} as never })],
  ['a curve that is none', update(2, { equity: null as never })],
]

for (const [what, frame] of BROKEN) {
  test(`${what} counts as lost, however right its number`, t => {
    mock.timers.enable({ apis: ['setTimeout'] })
    t.after(() => mock.timers.reset())
    const { heard, newest } = opened()
    newest().say(snapshot(1))
    newest().say(frame)
    mock.timers.tick(0)
    newest().say(snapshot(5))
    newest().say(update(6))
    assert.deepEqual(heard.slice(2), [
      'lost true at once: An update was missing: beginning again with a fresh snapshot.',
      'opening',
      'snapshot 5',
      'update 6',
    ])
  })
}

test('where every update is broken, snapshots are asked for ever more slowly', t => {
  mock.timers.enable({ apis: ['setTimeout'] })
  t.after(() => mock.timers.reset())
  const { heard, newest } = opened()
  for (const wait of [0, 1_000, 2_000]) {
    newest().say(snapshot(1))
    newest().say(statusless)
    mock.timers.tick(wait)
  }
  assert.deepEqual(
    heard.filter(line => line.startsWith('lost')).map(line => line.split(':')[0]),
    ['lost true at once', 'lost true later', 'lost true later'],
  )
})

test('a closed connection stays closed', t => {
  mock.timers.enable({ apis: ['setTimeout'] })
  t.after(() => mock.timers.reset())
  const { connection, sockets, newest } = opened()
  newest().onclose?.({ code: 1006, reason: '' })
  connection.close()
  mock.timers.tick(60_000)
  assert.equal(sockets.length, 1)
})
