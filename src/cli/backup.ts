import { Command } from 'commander'
import { backupSqlite } from '#storage/sqlite/backup.ts'
import { storeFile } from '#storage/sqlite/sqlite-storage.ts'
import { addOptions, configFrom } from './options.ts'

export function backupCommand(): Command {
  const command = new Command('backup')
    .description('Copy the store to a file, consistently, while the server runs. Keep secrets.json with it.')
    .argument('<file>', 'where to; it must not exist')
    .action((file: string, flags: Record<string, unknown>) => {
      const { dataDir } = configFrom(flags)
      const { bytes, durationMs } = backupSqlite(storeFile(dataDir), file)
      console.log(`${file}: ${bytes} bytes in ${(durationMs / 1000).toFixed(1)} s`)
    })
  return addOptions(command, ['dataDir'])
}
