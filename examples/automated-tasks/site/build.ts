import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { escapeHtml, toHtml } from './markdown.ts'

/**
 * Builds the site: `node build.ts ID REVISION DIRECTORY` makes DIRECTORY/ID with a page for each Markdown file, and notes
 * in DIRECTORY/builds.log what it did.
 *
 * It may be run twice for one id, even at once, and its effect is there once: pages are made aside and appear by one
 * rename, which fails where the id has been built.
 */

const content = join(import.meta.dirname, 'content')
const [id, revision, directory] = process.argv.slice(2)
if (id === undefined || revision === undefined || directory === undefined) {
  throw new Error('usage: node build.ts ID REVISION DIRECTORY')
}
const target = join(directory, id)
const footer = escapeHtml(revision)
const note = (what: string): void =>
  appendFileSync(join(directory, 'builds.log'), `${what} ${id} ${revision}\n`)

function pageOf(file: string): string {
  const markdown = readFileSync(join(content, file), 'utf8')
  const title = /^# (.+)$/m.exec(markdown)?.[1] ?? file
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>${escapeHtml(title)}</title>
<main>
${toHtml(markdown)}
</main>
<footer>built from ${footer}</footer>
</html>
`
}

/** @returns false where someone else was first */
function publish(draft: string): boolean {
  try {
    renameSync(draft, target)
    return true
  } catch (error) {
    if (existsSync(target)) return false
    throw error
  }
}

note('started')
const draft = mkdtempSync(join(directory, '.draft-'))
try {
  for (const file of readdirSync(content).filter((name) => name.endsWith('.md'))) {
    writeFileSync(join(draft, file.replace(/\.md$/, '.html')), pageOf(file))
  }
  note(publish(draft) ? 'published' : 'found')
} finally {
  rmSync(draft, { recursive: true, force: true })
}
