import { accessSync, constants, statSync } from 'node:fs'
import { StartRefused } from '#core/errors.ts'
import { makeDirectory } from '#lib/make-directory.ts'

/** Makes the data directory, for its owner alone, where it is missing. Throws `StartRefused` where it cannot be used. */
export function prepareDataDir(dataDir: string): void {
  try {
    makeDirectory(dataDir, 0o700)
    if (!statSync(dataDir).isDirectory()) throw new Error('it is no directory')
    accessSync(dataDir, constants.R_OK | constants.W_OK | constants.X_OK)
  } catch (error) {
    throw notWritable(dataDir, error)
  }
}

export function notWritable(dataDir: string, cause: unknown): StartRefused {
  return new StartRefused(
    'data_dir_not_writable',
    `cannot write to ${dataDir}: ${cause instanceof Error ? cause.message : String(cause)}`,
    'Make the data directory writable, or name another (POSTHORN_DATA_DIR).',
    { cause },
  )
}
