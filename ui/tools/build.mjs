// Builds the page into out/: exported files, and the page's name in out/page-id.txt.
import { spawnSync } from 'node:child_process'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pageId, ROOT } from './page-id.mjs'

const id = pageId()
const out = join(ROOT, 'out')

for (const stale of ['.next', 'out']) rmSync(join(ROOT, stale), { recursive: true, force: true })

const next = join(ROOT, 'node_modules', 'next', 'dist', 'bin', 'next')
const built = spawnSync(process.execPath, [next, 'build'], {
  cwd: ROOT,
  stdio: 'inherit',
  env: { ...process.env, NEXT_PUBLIC_PAGE_ID: id, NEXT_TELEMETRY_DISABLED: '1' },
})
if (built.status !== 0) process.exit(built.status ?? 1)

writeFileSync(join(out, 'page-id.txt'), `${id}\n`)
console.log(`built page ${id} in out/`)
