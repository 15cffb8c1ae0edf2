import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sentence } from '@/calc/sentence'

const CASES = [
  ['the disk is full', 'The disk is full.'],
  ['Wait a minute.', 'Wait a minute.'],
  ['', ''],
] as const

for (const [said, wanted] of CASES) test(`sentence: ${said}`, () => assert.equal(sentence(said), wanted))
