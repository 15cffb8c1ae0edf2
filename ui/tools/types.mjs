// Makes src/api/schema.ts from the daemon's OpenAPI document; with --check says whether it has drifted.
//   node tools/types.mjs [--check] [DOCUMENT]
import { readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import openapi, { astToString } from 'openapi-typescript'
import { ROOT } from './page-id.mjs'

const HEAD = '// Made from the OpenAPI document of the daemon by `npm run types`. Not to be edited.\n\n'
const target = join(ROOT, 'src', 'api', 'schema.ts')
const words = process.argv.slice(2)
const check = words.includes('--check')
const document = resolve(words.find(word => !word.startsWith('--')) ?? join(ROOT, 'openapi.json'))

const made = HEAD + astToString(await openapi(pathToFileURL(document)))
if (!check) {
  writeFileSync(target, made)
  console.log(`wrote ${target}`)
} else if (readFileSync(target, 'utf8') !== made) {
  console.error('src/api/schema.ts is not what the API says: run `npm run types`')
  process.exit(1)
}
