import assert from 'node:assert/strict'
import { test } from 'node:test'
import { appended, joined } from '@/stream/ring'

const same = (value: number) => value

test('what is new comes after what was there', () => assert.deepEqual(appended([1, 2], [3], 5), [1, 2, 3]))
test('the oldest go beyond the limit', () => assert.deepEqual(appended([1, 2, 3], [4, 5], 3), [3, 4, 5]))
test('more than the limit at once leaves the newest', () => assert.deepEqual(appended([1], [2, 3, 4], 2), [3, 4]))
test('nothing new leaves the very same array', () => {
  const old = [1, 2]
  assert.equal(appended(old, [], 5), old)
})
test('older ones are kept where both overlap', () => assert.deepEqual(joined([1, 2, 3], [3, 4], same, 9), [1, 2, 3, 4]))
test('a hole between both is not papered over', () => assert.deepEqual(joined([1, 2], [5, 6], same, 9), [5, 6]))
test('joining keeps to the limit', () => assert.deepEqual(joined([1, 2, 3], [3, 4], same, 3), [2, 3, 4]))
