import { readdirSync, readFileSync } from 'node:fs'
import type { DatabaseSync } from 'node:sqlite'
import { StartRefused } from '#core/errors.ts'
import { reach } from '#lib/crash-point.ts'
import type { MigrationReport } from '../migration-report.ts'
import { openWriter } from './database.ts'

const folder = new URL('../../../migrations/sqlite/', import.meta.url)

function migrationNames(): readonly string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.sql'))
    .sort()
}

/** That of a store which this version has migrated. */
export function schemaVersion(): number {
  return migrationNames().length
}

/**
 * Brings a store to this version's schema. Each migration is one transaction together with the number that says it
 * was done, so that a death in the middle leaves the step before. Throws `StartRefused` for a store that a newer
 * version has written.
 */
export function migrateSqlite(file: string): MigrationReport {
  const connection = openWriter(file)
  try {
    return migrate(connection)
  } finally {
    connection.close()
  }
}

function migrate(connection: DatabaseSync): MigrationReport {
  const names = migrationNames()
  const from = versionOf(connection)
  if (from > names.length) {
    throw new StartRefused(
      'store_too_new',
      `the store has schema ${from}, this version knows schemas up to ${names.length}`,
      'Start the version of Posthorn that wrote it, or a newer one.',
    )
  }
  const applied: string[] = []
  for (const [index, name] of names.entries()) {
    if (index < from) continue
    connection.exec('begin exclusive')
    try {
      connection.exec(readFileSync(new URL(name, folder), 'utf8'))
      connection.exec(`pragma user_version = ${index + 1}`)
      reach('in-migration')
      connection.exec('commit')
    } catch (error) {
      if (connection.isTransaction) connection.exec('rollback')
      throw error
    }
    applied.push(name)
  }
  return { from, to: names.length, applied }
}

function versionOf(connection: DatabaseSync): number {
  const row = connection.prepare('pragma user_version').get() as { user_version: number }
  return row.user_version
}
