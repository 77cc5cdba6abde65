import { Command } from 'commander'
import { prepareDataDir } from '#config/data-dir.ts'
import { lockDirectory } from '#storage/sqlite/directory-lock.ts'
import { migrateSqlite } from '#storage/sqlite/migrate.ts'
import { storeFile } from '#storage/sqlite/sqlite-storage.ts'
import { addOptions, configFrom } from './options.ts'

export function migrateCommand(): Command {
  const command = new Command('migrate')
    .description('Bring the store to this version’s schema. The server does it at each start, too.')
    .action((flags: Record<string, unknown>) => {
      const { dataDir } = configFrom(flags)
      prepareDataDir(dataDir)
      using _lock = lockDirectory(dataDir)
      const { from, to, applied } = migrateSqlite(storeFile(dataDir))
      console.log(
        applied.length === 0
          ? `schema ${to}: nothing to do`
          : `schema ${from} to ${to}: ${applied.join(', ')}`,
      )
    })
  return addOptions(command, ['dataDir'])
}
