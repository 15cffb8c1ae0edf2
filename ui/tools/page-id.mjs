// Names the page by its sources: the same sources give the same name on every machine.
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

export const ROOT = fileURLToPath(new URL('..', import.meta.url))
const SOURCES = ['src', 'public', 'tools', 'package.json', 'package-lock.json', 'next.config.ts', 'postcss.config.mjs']
const TEST = /\.test\.ts$/

function* filesUnder(path) {
  const entries = readdirSync(path, { withFileTypes: true })
  for (const entry of entries) {
    const full = join(path, entry.name)
    if (entry.isDirectory()) yield* filesUnder(full)
    else yield full
  }
}

function* sources() {
  for (const name of SOURCES) {
    const path = join(ROOT, name)
    if (name.includes('.')) yield path
    else yield* filesUnder(path)
  }
}

export function pageId() {
  const named = [...sources()].map(path => [relative(ROOT, path).split(sep).join('/'), path])
  const wanted = named.filter(([name]) => !TEST.test(name)).sort(([a], [b]) => (a < b ? -1 : 1))
  const hash = createHash('sha256')
  for (const [name, path] of wanted) {
    const content = readFileSync(path)
    hash.update(`${name}\0${content.length}\0`).update(content)
  }
  return hash.digest('hex').slice(0, 16)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) console.log(pageId())
