import { readdirSync, readFileSync } from 'node:fs'
import pg from 'pg'
import { StartRefused } from '#core/errors.ts'
import { reach } from '#lib/crash-point.ts'
import type { MigrationReport } from '../migration-report.ts'
import { clientOptions } from './database.ts'
import { isBroken } from './faults.ts'
import { locks } from './locks.ts'

const folder = new URL('../../../migrations/postgres/', import.meta.url)

function migrationNames(): readonly string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.sql'))
    .sort()
}

/** That of a database which this version has migrated. */
export function schemaVersion(): number {
  return migrationNames().length
}

/**
 * Brings a database to this version's schema, however many nodes start at once: the first one migrates and the others
 * wait. Each migration is one transaction together with the number that says it was done. A schema that is newer than
 * this version is left as it is: migrations keep the version before them running.
 */
export async function migratePostgres(url: string): Promise<MigrationReport> {
  const client = new pg.Client(clientOptions(url, 'posthorn migrate', noLimit))
  try {
    await client.connect()
  } catch (error) {
    throw unreachable(url, error)
  }
  try {
    return await migrate(client)
  } finally {
    await client.end()
  }
}

async function migrate(client: pg.Client): Promise<MigrationReport> {
  await refuseOld(client)
  const names = migrationNames()
  const applied: string[] = []
  let from: number | null = null
  for (;;) {
    // The lock goes with its transaction, so that it also holds behind a connection pooler.
    await client.query('begin')
    try {
      await client.query('select pg_advisory_xact_lock($1)', [locks.migration])
      const version = await versionOf(client)
      from ??= version
      const name = names[version]
      if (name === undefined) {
        await client.query('rollback')
        return { from, to: Math.max(version, names.length), applied }
      }
      await client.query(readFileSync(new URL(name, folder), 'utf8'))
      await client.query('update posthorn.schema_version set version = $1', [version + 1])
      reach('in-migration')
      await client.query('commit')
      applied.push(name)
    } catch (error) {
      await client.query('rollback')
      throw isForbidden(error) ? notPermitted(error) : error
    }
  }
}

function isForbidden(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && error.code === '42501'
}

function notPermitted(error: Error): StartRefused {
  return new StartRefused(
    'database_not_permitted',
    `the role of POSTHORN_DATABASE_URL lacks a right in the database: ${error.message}`,
    'Let it own the database, or grant it CREATE on the database; a schema posthorn that is there already must be its own.',
    { cause: error },
  )
}

async function versionOf(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ found: string | null }>(
    `select to_regclass('posthorn.schema_version')::text as found`,
  )
  if (rows[0]?.found == null) return 0
  const version = await client.query<{ version: number }>('select version from posthorn.schema_version')
  return version.rows[0]?.version ?? 0
}

/** A migration of a large table takes what it takes. */
const noLimit = 0

const oldest = 140_000

async function refuseOld(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ number: number; shown: string }>(
    `select current_setting('server_version_num')::int as number, current_setting('server_version') as shown`,
  )
  const [version] = rows
  if (version !== undefined && version.number >= oldest) return
  throw new StartRefused(
    'database_too_old',
    `the database is PostgreSQL ${version?.shown}`,
    'Use PostgreSQL 14 or newer.',
  )
}

export function unreachable(url: string, error: unknown): StartRefused {
  const { host } = new URL(url)
  const reason = error instanceof Error ? error.message : String(error)
  return new StartRefused(
    isBroken(error) ? 'database_unreachable' : 'database_refused',
    `cannot connect to the database at ${host}: ${reason}`,
    'Look at POSTHORN_DATABASE_URL, and whether the database runs.',
    { cause: error },
  )
}
