// Says how much JavaScript each exported page loads, gzipped, and fails above the budget.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { ROOT } from './page-id.mjs'

const BUDGET_KB = 300
const out = join(ROOT, 'out')
const SCRIPT = /<script[^>]*\ssrc="(?<src>[^"]+)"[^>]*>/g

function gzipped(path) {
  return gzipSync(readFileSync(path), { level: 9 }).length / 1000
}

function sizeOf(page) {
  const html = readFileSync(join(out, page), 'utf8')
  const wanted = [...html.matchAll(SCRIPT)].filter(found => !/nomodule/i.test(found[0])).map(found => found.groups.src)
  return [...new Set(wanted)].reduce((sum, path) => sum + gzipped(join(out, path.split('?')[0])), 0)
}

let worst = 0
for (const page of readdirSync(out, { recursive: true }).filter(name => name.endsWith('.html'))) {
  const kb = sizeOf(page)
  worst = Math.max(worst, kb)
  console.log(`${kb.toFixed(1).padStart(7)} kB  ${page}`)
}
const every = readdirSync(join(out, '_next'), { recursive: true })
  .filter(name => name.endsWith('.js'))
  .reduce((sum, name) => sum + gzipped(join(out, '_next', name)), 0)
console.log(`${every.toFixed(1).padStart(7)} kB  every script that is there`)
if (worst > BUDGET_KB) {
  console.error(`expected at most ${BUDGET_KB} kB of JavaScript on a page, found ${worst.toFixed(1)}`)
  process.exit(1)
}
