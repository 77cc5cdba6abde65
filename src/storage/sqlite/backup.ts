import { existsSync, openSync, closeSync, fsyncSync, renameSync, rmSync, statSync } from 'node:fs'
import { StartRefused } from '#core/errors.ts'
import { openReader } from './database.ts'

/**
 * Copies a store that may be in use into a new file: one read transaction, so the copy is the store as it was at one
 * instant, and writers never wait. The write-ahead log cannot shrink while it runs.
 *
 * The page-by-page backup of SQLite is no choice here: it starts again whenever another process commits.
 */
export function backupSqlite(
  file: string,
  target: string,
): { readonly bytes: number; readonly durationMs: number } {
  if (!existsSync(file)) {
    throw new StartRefused(
      'store_missing',
      `there is no store at ${file}`,
      'Name the data directory of a server that has run.',
    )
  }
  if (existsSync(target)) {
    throw new StartRefused('target_exists', `${target} exists already`, 'Name a file that does not exist.')
  }
  const startedAt = Date.now()
  const partial = `${target}.partial`
  rmSync(partial, { force: true })
  const connection = openReader(file)
  try {
    connection.prepare('vacuum into ?').run(partial)
  } finally {
    connection.close()
  }
  const handle = openSync(partial, 'r+')
  fsyncSync(handle)
  closeSync(handle)
  renameSync(partial, target)
  return { bytes: statSync(target).size, durationMs: Date.now() - startedAt }
}
