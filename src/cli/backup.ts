import { Command } from 'commander'
import { StartRefused } from '#core/errors.ts'
import { backupSqlite } from '#storage/sqlite/backup.ts'
import { storeFile } from '#storage/sqlite/sqlite-storage.ts'
import { addOptions, configFrom } from './options.ts'

export function backupCommand(): Command {
  const command = new Command('backup')
    .description('Copy the store to a file, consistently, while the server runs. Keep secrets.json with it.')
    .argument('<file>', 'where to; it must not exist')
    .action((file: string, flags: Record<string, unknown>) => {
      const { dataDir, databaseUrl } = configFrom(flags)
      if (databaseUrl !== null) {
        throw new StartRefused(
          'backup_of_postgres',
          'this copies the embedded store, and POSTHORN_DATABASE_URL is set',
          'Use pg_dump, or a base backup, for PostgreSQL.',
        )
      }
      const { bytes, durationMs } = backupSqlite(storeFile(dataDir), file)
      console.log(`${file}: ${bytes} bytes in ${(durationMs / 1000).toFixed(1)} s`)
    })
  return addOptions(command, ['dataDir'])
}
