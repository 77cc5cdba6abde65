import { Command } from 'commander'
import { prepareDataDir } from '#config/data-dir.ts'
import type { MigrationReport } from '#storage/migration-report.ts'
import { migratePostgres } from '#storage/postgres/migrate.ts'
import { lockDirectory } from '#storage/sqlite/directory-lock.ts'
import { migrateSqlite } from '#storage/sqlite/migrate.ts'
import { storeFile } from '#storage/sqlite/sqlite-storage.ts'
import { addOptions, configFrom } from './options.ts'

export function migrateCommand(): Command {
  const command = new Command('migrate')
    .description('Bring the store to this version’s schema. The server does it at each start, too.')
    .action(async (flags: Record<string, unknown>) => {
      const { dataDir, databaseUrl, databaseDirectUrl } = configFrom(flags)
      const { from, to, applied } =
        databaseUrl === null
          ? migrateDirectory(dataDir)
          : await migratePostgres(databaseDirectUrl ?? databaseUrl)
      console.log(
        applied.length === 0
          ? `schema ${to}: nothing to do`
          : `schema ${from} to ${to}: ${applied.join(', ')}`,
      )
    })
  return addOptions(command, ['dataDir', 'databaseUrl', 'databaseDirectUrl'])
}

function migrateDirectory(dataDir: string): MigrationReport {
  prepareDataDir(dataDir)
  using _lock = lockDirectory(dataDir)
  return migrateSqlite(storeFile(dataDir))
}
