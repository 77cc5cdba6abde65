import { closeSync, openSync } from 'node:fs'
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import type { Notice } from '../storage.ts'

/** A connection as verbs see it. Verbs prepare their statements once, when their thread starts. */
export interface Database {
  prepare(sql: string): StatementSync
  /** Told to the owners of lanes once the transaction has committed; dropped when it has not. */
  notice(notice: Notice): void
}

/** How long a connection waits for another process that holds the store (a backup, an inspection). */
const busyTimeoutMs = 5_000

/** In pages of 4 KiB: at about 64 MiB the writer folds the log back into the file itself. */
const checkpointPages = 16_000

export function openWriter(file: string): DatabaseSync {
  // For its owner's eyes alone, and with it the log beside it: payloads are in it.
  closeSync(openSync(file, 'a', 0o600))
  const connection = new DatabaseSync(file, { timeout: busyTimeoutMs })
  // Must precede the first table; lets retention give disk back in small steps.
  connection.exec('pragma auto_vacuum = incremental')
  connection.exec('pragma journal_mode = wal')
  // A commit has reached the disk when it returns.
  connection.exec('pragma synchronous = full')
  connection.exec(`pragma wal_autocheckpoint = ${checkpointPages}`)
  connection.exec('pragma cache_size = -65536')
  connection.exec('pragma temp_store = memory')
  return connection
}

export function openReader(file: string): DatabaseSync {
  const connection = new DatabaseSync(file, { timeout: busyTimeoutMs, readOnly: true })
  connection.exec('pragma cache_size = -16384')
  connection.exec('pragma temp_store = memory')
  return connection
}
