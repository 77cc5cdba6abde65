import { createReadStream } from 'node:fs'
import { Command } from 'commander'
import { prepareDataDir } from '#config/data-dir.ts'
import { StartRefused } from '#core/errors.ts'
import { rowsIn } from '#storage/dump-format.ts'
import { openDump } from '#storage/dump-reader.ts'
import { schemaVersion as postgresSchema } from '#storage/postgres/migrate.ts'
import { openPostgresRestore } from '#storage/postgres/restore.ts'
import { type Restore, restoreDump } from '#storage/restore-dump.ts'
import { schemaVersion as sqliteSchema } from '#storage/sqlite/migrate.ts'
import { openSqliteRestore } from '#storage/sqlite/restore.ts'
import { storeFile } from '#storage/sqlite/sqlite-storage.ts'
import { addOptions, configFrom } from './options.ts'
import { Progress } from './progress.ts'

export function importCommand(): Command {
  const command = new Command('import')
    .description(
      'Read an export into an empty store that no server uses. Where it breaks off, the same command goes on with it.',
    )
    .argument('<file>', 'what posthorn export wrote; - for standard input')
    .action(async (file: string, flags: Record<string, unknown>) => {
      const { dataDir, databaseUrl, databaseDirectUrl } = configFrom(flags)
      const dump = await openDump(bytesOf(file), databaseUrl === null ? sqliteSchema() : postgresSchema())
      await using target =
        databaseUrl === null
          ? openDirectory(dataDir)
          : await openPostgresRestore(databaseDirectUrl ?? databaseUrl)
      const progress = new Progress('imported', rowsIn(dump.header))
      const { rows, rowsBefore } = await restoreDump(dump, target, (done) => progress.at(done))
      progress.end()
      console.log(summaryOf(rows, rowsBefore))
    })
  return addOptions(command, ['dataDir', 'databaseUrl', 'databaseDirectUrl'])
}

function openDirectory(dataDir: string): Restore {
  prepareDataDir(dataDir)
  return openSqliteRestore(dataDir, storeFile(dataDir))
}

async function* bytesOf(file: string): AsyncGenerator<Uint8Array> {
  const source = file === '-' ? process.stdin : createReadStream(file, { highWaterMark: 1_048_576 })
  try {
    yield* source as AsyncIterable<Buffer>
  } catch (error) {
    throw new StartRefused(
      'export_unreadable',
      `cannot read ${file}: ${error instanceof Error ? error.message : String(error)}`,
      'Name a file that posthorn export wrote.',
      { cause: error },
    )
  }
}

function summaryOf(rows: number, rowsBefore: number): string {
  const before =
    rowsBefore === 0 ? '' : rowsBefore === rows ? ', all of them before' : `, ${rowsBefore} of them before`
  return [
    `${rows} rows are in the store${before}.`,
    'Start the server with the encryption key of the old one: its POSTHORN_ENCRYPTION_KEY, or its secrets.json in the data directory.',
    'Tokens stay valid with its POSTHORN_JWT_SECRET, which secrets.json also holds. The old server must not run again.',
  ].join('\n')
}
