// Moves inline scripts of exported pages into files of their own, so that the daemon can forbid inline scripts.
import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const INLINE = /<script(?![^>]*\ssrc=)(?<attributes>[^>]*)>(?<code>[\s\S]*?)<\/script>/g
const FOLDER = '_next/static/inline'

export function withoutInlineScripts(out) {
  const folder = join(out, FOLDER)
  mkdirSync(folder, { recursive: true })
  for (const page of pagesUnder(out)) {
    const html = readFileSync(page, 'utf8')
    writeFileSync(page, html.replace(INLINE, (whole, attributes, code) => moved(folder, whole, attributes, code)))
  }
}

function moved(folder, whole, attributes, code) {
  if (!code.trim() || /type="application\//.test(attributes)) return whole
  const name = `${createHash('sha256').update(code).digest('hex').slice(0, 16)}.js`
  writeFileSync(join(folder, name), code)
  return `<script${attributes} src="/${FOLDER}/${name}"></script>`
}

function pagesUnder(out) {
  return readdirSync(out, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile() && entry.name.endsWith('.html'))
    .map(entry => join(entry.parentPath ?? entry.path, entry.name))
}
