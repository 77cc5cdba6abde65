import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { openapiDocument } from '#api/openapi.ts'
import { renderReference } from '#config/reference.ts'

/** Writes what is made from the code; with `--check`, says what is out of step instead. */
const root = join(import.meta.dirname, '..')
const files: Readonly<Record<string, () => string>> = {
  'docs/reference/config.md': renderReference,
  'openapi.json': () => `${JSON.stringify(openapiDocument(), null, 2)}\n`,
}

const isCheck = process.argv.includes('--check')
const stale: string[] = []
for (const [name, render] of Object.entries(files)) {
  const file = join(root, name)
  const text = render()
  if (existsSync(file) && readFileSync(file, 'utf8') === text) continue
  stale.push(name)
  if (isCheck) continue
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text)
}
if (isCheck && stale.length > 0) {
  console.log(`out of step: ${stale.join(', ')} (run npm run generate)`)
  process.exitCode = 1
}
