import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { basename, join } from 'node:path'

const cache = join(import.meta.dirname, '../../node_modules/.cache/posthorn-examples')

export interface Build {
  /** The example's. */
  readonly folder: string
  /** Whether a file below it, such as `src/main.ts`, is one that the build reads. */
  readonly isSource: (path: string) => boolean
  /** Builds into an empty directory. */
  readonly make: (directory: string, sources: readonly string[]) => Promise<unknown>
}

/** Builds an example once, and keeps it until its sources change. @returns the directory that was built into */
export async function buildOnce({ folder, isSource, make }: Build): Promise<string> {
  const sources = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(isSource).sort()
  const hash = createHash('sha256')
  for (const path of sources) hash.update(`${path}\0`).update(readFileSync(join(folder, path)))
  const home = join(cache, `${basename(folder)}-${hash.digest('hex').slice(0, 16)}`)
  if (existsSync(home)) return home
  // Made beside the place and moved there: what is there is whole.
  const draft = `${home}.${process.pid}`
  mkdirSync(draft, { recursive: true })
  try {
    await make(draft, sources)
    renameSync(draft, home)
  } catch (error) {
    // Another process was first.
    if (!existsSync(home)) throw error
  } finally {
    rmSync(draft, { recursive: true, force: true })
  }
  return home
}
