import { join } from 'node:path'
import { expect, onTestFinished } from 'vitest'
import {
  aClaim,
  aMessage,
  anEventType,
  anOutcome,
  keyOf,
  published,
  storedApplication,
  storedEndpoint,
  t0,
} from '#storage/conformance/fixtures.ts'
import { openPostgresStorage } from '#storage/postgres/postgres-storage.ts'
import { openSqliteStorage } from '#storage/sqlite/sqlite-storage.ts'
import type { Storage } from '#storage/storage.ts'
import { directoryOfTest } from './killable-server.ts'
import { createDatabase } from './test-database.ts'
import { openDump } from '#storage/dump-reader.ts'
import { linesOf } from '#storage/dump-writer.ts'
import { openPostgresDump } from '#storage/postgres/dump.ts'
import { openPostgresRestore } from '#storage/postgres/restore.ts'
import { type Restored, restoreDump } from '#storage/restore-dump.ts'
import { openSqliteDump } from '#storage/sqlite/dump.ts'
import { schemaVersion } from '#storage/sqlite/migrate.ts'
import { openSqliteRestore } from '#storage/sqlite/restore.ts'
import { storeFile } from '#storage/sqlite/sqlite-storage.ts'

/** A data directory, or the URL of a database. */
export interface Place {
  readonly dataDir?: string
  readonly url?: string
}

/** The whole export of a store. */
export async function exported({ dataDir = '', url }: Place): Promise<string> {
  await using dump = url === undefined ? openSqliteDump(storeFile(dataDir)) : await openPostgresDump(url)
  let text = ''
  for await (const lines of linesOf(dump, () => {})) text += lines
  return text
}

/** Puts an export into a store, in chunks as a pipe might cut them. */
export async function imported({ dataDir = '', url }: Place, text: string | Buffer): Promise<Restored> {
  const dump = await openDump(chunksOf(Buffer.from(text)), schemaVersion())
  await using target =
    url === undefined ? openSqliteRestore(dataDir, storeFile(dataDir)) : await openPostgresRestore(url)
  return await restoreDump(dump, target, () => {})
}

async function* chunksOf(bytes: Buffer): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 10_007) yield bytes.subarray(at, at + 10_007)
}

/** What must come through unchanged, whatever the header says. */
export function rowLinesOf(text: string): readonly string[] {
  return text.split('\n').filter((line) => line.startsWith('{"table":'))
}

/** The rows of one table. */
export function rowsOf(text: string, table: string): readonly Readonly<Record<string, unknown>>[] {
  return rowLinesOf(text)
    .map((line) => JSON.parse(line) as { readonly table: string; readonly row: Record<string, unknown> })
    .filter((line) => line.table === table)
    .map(({ row }) => row)
}

export async function sqlite(): Promise<Place> {
  return { dataDir: join(directoryOfTest(), 'data') }
}

export async function postgres(): Promise<Place> {
  const database = await createDatabase()
  onTestFinished(() => database[Symbol.asyncDispose]())
  return { url: database.url }
}

export async function opened({ dataDir = '', url }: Place): Promise<Storage> {
  return url === undefined ? openSqliteStorage({ dataDir }) : await openPostgresStorage({ url })
}

/** Fills a store by what `work` does there, and exports it once nobody uses it. */
export async function exportOf(place: Place, work: (storage: Storage) => Promise<unknown>): Promise<string> {
  {
    await using storage = await opened(place)
    await work(storage)
  }
  return await exported(place)
}

export function refusing(code: string, words: RegExp) {
  return { name: 'StartRefused', code, message: expect.stringMatching(words) as string }
}

export async function fill(storage: Storage, count = 3): Promise<void> {
  const application = await storedApplication(storage)
  const endpoint = await storedEndpoint(storage, application.id)
  const messages = Array.from({ length: count }, (_, n) => aMessage({ payload: `{"n":${n}}` }))
  const stored = await published(storage, application, messages)
  await storage.recordOutcomes([anOutcome(keyOf(stored[0] ?? { seq: 0 }, endpoint))], t0)
  await storage.insertEventType(anEventType(application.orgId), aClaim())
}
