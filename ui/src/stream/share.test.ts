import assert from 'node:assert/strict'
import { test } from 'node:test'
import { shared } from '@/stream/share'

test('equal values are the old ones', () => {
  const old = { a: [1, { b: 2 }], c: null }
  assert.equal(shared(old, { a: [1, { b: 2 }], c: null }), old)
})

test('only what differs is new', () => {
  const old = { a: { x: 1 }, b: { y: 1 } }
  const next = shared(old, { a: { x: 1 }, b: { y: 2 } })
  assert.equal(next.a, old.a)
  assert.deepEqual(next, { a: { x: 1 }, b: { y: 2 } })
})

test('a shorter list or a missing member is a difference', () => {
  assert.deepEqual(shared({ a: [1, 2] }, { a: [1] }), { a: [1] })
  assert.deepEqual(shared<object>({ a: 1, b: 2 }, { a: 1 }), { a: 1 })
})
