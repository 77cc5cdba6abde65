import { join } from 'node:path'
import type { CrashPoint } from '#lib/crash-point.ts'
import { makeDirectory } from '#lib/make-directory.ts'
import type { Notice, Storage } from '../storage.ts'
import { Checkpointer } from './checkpointer.ts'
import { clockGuard } from './clock-guard.ts'
import { openReader } from './database.ts'
import { lockDirectory } from './directory-lock.ts'
import { DiskReserve } from './disk-reserve.ts'
import { migrateSqlite } from './migrate.ts'
import { Reader } from './reader.ts'
import { refuseHalfImportedSqlite } from './restore.ts'
import type { ThreadData } from './thread-protocol.ts'
import { readVerbNames, writeVerbNames } from './verb-names.ts'
import { Writer } from './writer.ts'

export interface SqliteStorageOptions {
  /** Created with mode 0700 where it is missing. */
  readonly dataDir: string
  readonly diskReserveBytes?: number
  readonly readers?: number
  /** How many entries of a history one page of a list looks at. */
  readonly lookedAt?: number
  /** The store can no longer be trusted, or a thread died: the process must end. */
  readonly onFatal?: (error: Error) => void
  readonly onCommit?: (durationMs: number) => void
  readonly crashAt?: { readonly point: CrashPoint; readonly visits: number } | null
}

/** By how much the clock may go ahead between two looks for what is old, or since the newest row. */
const maxAheadMs = 7 * 86_400_000
const leastAheadMs = 3_600_000

/** When the last message or attempt came to be; null where there is none. */
function newestAt(file: string): number | null {
  const connection = openReader(file)
  try {
    const row = connection
      .prepare(
        `select max(at) as at from (
           select * from (select created_at as at from message order by seq desc limit 1)
           union all select * from (select started_at from attempt order by seq desc limit 1))`,
      )
      .get()
    return row?.at as number | null
  } finally {
    connection.close()
  }
}

export function storeFile(dataDir: string): string {
  return join(dataDir, 'posthorn.db')
}

/**
 * Opens the embedded store, migrated to this version. Throws `StartRefused` when another process has the directory
 * or a newer version wrote it.
 */
export function openSqliteStorage(options: SqliteStorageOptions): Storage {
  const { dataDir, onCommit = () => {} } = options
  const onFatal =
    options.onFatal ??
    ((error: Error) => {
      throw error
    })
  makeDirectory(dataDir, 0o700)
  const file = storeFile(dataDir)
  const lock = lockDirectory(dataDir)
  try {
    migrateSqlite(file)
    refuseHalfImportedSqlite(file)
  } catch (error) {
    lock[Symbol.dispose]()
    throw error
  }
  const newest = newestAt(file)
  const reserve = new DiskReserve(dataDir, options.diskReserveBytes ?? 0)
  const data: ThreadData = { file, crashAt: options.crashAt ?? null, lookedAt: options.lookedAt }
  const listeners: ((notice: Notice) => void)[] = []
  const writer = new Writer(data, {
    notices: (notices) => {
      for (const notice of notices) for (const listener of listeners) listener(notice)
    },
    fatal: onFatal,
    commit(durationMs) {
      onCommit(durationMs)
      checkpointer.committed()
    },
  })
  const checkpointer = new Checkpointer(data, onFatal)
  const readers = Array.from({ length: options.readers ?? 2 }, () => new Reader(data, onFatal))

  const leastLoaded = (): Reader =>
    readers.reduce((best, reader) => (reader.load < best.load ? reader : best))
  const verbs: Record<string, (...args: readonly unknown[]) => Promise<unknown>> = {}
  for (const name of readVerbNames) verbs[name] = (...args) => leastLoaded().call(name, args)
  for (const name of writeVerbNames) verbs[name] = (...args) => writer.call(name, args)
  const [mayExpire, mayDrop] = [clockGuard(newest), clockGuard(newest)]
  verbs.expire = async (now) =>
    now === null && !mayExpire(Date.now(), maxAheadMs) ? false : await writer.call('expire', [now])
  verbs.dropHistory = async (now, retentionMs) => {
    const aheadMs = Math.max(leastAheadMs, Math.min(maxAheadMs, (retentionMs as number) / 2))
    if (now === null && !mayDrop(Date.now(), aheadMs)) return false
    return await writer.call('dropHistory', [now, retentionMs])
  }
  for (const name of ['publishMessages', 'probe']) {
    verbs[name] = async (...args) => {
      const shortage = await reserve.shortage()
      if (shortage !== null) throw shortage
      return writer.call(name, args)
    }
  }

  return Object.assign(
    verbs as unknown as Omit<Storage, 'onNotice' | 'cluster' | 'gathering' | 'outbox' | symbol>,
    {
      cluster: null,
      gathering: null,
      outbox: null,
      onNotice(listener: (notice: Notice) => void) {
        listeners.push(listener)
      },
      async [Symbol.asyncDispose]() {
        await writer[Symbol.asyncDispose]()
        await checkpointer[Symbol.asyncDispose]()
        await Promise.all(readers.map((reader) => reader[Symbol.asyncDispose]()))
        lock[Symbol.dispose]()
      },
    },
  )
}
