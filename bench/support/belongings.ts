import type { ChildProcess } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'

/** What a run leaves behind unless it is taken away: its processes and its directories, however it ends. */

const results = join(import.meta.dirname, '../results')
const children = new Set<ChildProcess>()
const directories = new Set<string>()

export function own<Child extends ChildProcess>(child: Child): Child {
  children.add(child)
  child.once('exit', () => children.delete(child))
  return child
}

/** A directory on the disk that the project is on: what lies in memory has no fsync to measure. */
export function ownDirectory(prefix: string): string {
  mkdirSync(results, { recursive: true })
  const directory = mkdtempSync(join(results, `${prefix}-`))
  directories.add(directory)
  return directory
}

export function removeDirectory(directory: string): void {
  rmSync(directory, { recursive: true, force: true })
  directories.delete(directory)
}

process.on('exit', () => {
  for (const child of children) child.kill('SIGKILL')
  for (const directory of directories) rmSync(directory, { recursive: true, force: true })
})
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => process.exit(130))
