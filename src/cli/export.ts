import { createWriteStream, existsSync, renameSync, rmSync } from 'node:fs'
import type { Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { Command } from 'commander'
import { StartRefused } from '#core/errors.ts'
import { type Dump, rowsIn } from '#storage/dump-format.ts'
import { linesOf } from '#storage/dump-writer.ts'
import { openPostgresDump } from '#storage/postgres/dump.ts'
import { openSqliteDump } from '#storage/sqlite/dump.ts'
import { storeFile } from '#storage/sqlite/sqlite-storage.ts'
import { addOptions, configFrom } from './options.ts'
import { Progress } from './progress.ts'

export function exportCommand(): Command {
  const command = new Command('export')
    .description(
      'Write everything in the store as JSON lines, as it is at one instant, while servers may run. Keep it as safe as the store, and the encryption key apart from it.',
    )
    .argument('[file]', 'where to; it must not exist (default: standard output)')
    .action(async (file: string | undefined, flags: Record<string, unknown>) => {
      const { dataDir, databaseUrl, databaseDirectUrl } = configFrom(flags)
      if (file !== undefined && existsSync(file)) {
        throw new StartRefused('target_exists', `${file} exists already`, 'Name a file that does not exist.')
      }
      await using dump =
        databaseUrl === null
          ? openSqliteDump(storeFile(dataDir))
          : await openPostgresDump(databaseDirectUrl ?? databaseUrl)
      if (file === undefined) await write(dump, process.stdout)
      else await writeFile(dump, file)
    })
  return addOptions(command, ['dataDir', 'databaseUrl', 'databaseDirectUrl'])
}

/** Under its name only when it is whole and on disk. */
async function writeFile(dump: Dump, file: string): Promise<void> {
  const partial = `${file}.partial`
  rmSync(partial, { force: true })
  await write(dump, createWriteStream(partial, { flags: 'wx', mode: 0o600, flush: true }))
  renameSync(partial, file)
}

async function write(dump: Dump, target: Writable): Promise<void> {
  const progress = new Progress('exported', rowsIn(dump.header))
  try {
    await pipeline(
      linesOf(dump, (rows) => progress.at(rows)),
      target,
    )
  } catch (error) {
    throw new StartRefused(
      'export_failed',
      `the export broke off: ${error instanceof Error ? error.message : String(error)}`,
      'Begin again: an export is the store at one instant, so that it cannot be gone on with.',
      { cause: error },
    )
  }
  progress.end()
}
