// Bundles every src/**/*.test.ts to plain JavaScript and hands it to node's own test runner.
import { spawnSync } from 'node:child_process'
import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'
import { ROOT } from './page-id.mjs'

const outdir = join(ROOT, '.tests')
const entryPoints = readdirSync(join(ROOT, 'src'), { recursive: true })
  .filter(name => name.endsWith('.test.ts'))
  .map(name => join(ROOT, 'src', name))

rmSync(outdir, { recursive: true, force: true })
await build({
  entryPoints,
  outdir,
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  logLevel: 'warning',
})
const files = readdirSync(outdir, { recursive: true })
  .filter(name => name.endsWith('.test.js'))
  .map(name => join(outdir, name))
const ran = spawnSync(process.execPath, ['--test', ...files], { stdio: 'inherit', cwd: ROOT })
process.exit(ran.status ?? 1)
