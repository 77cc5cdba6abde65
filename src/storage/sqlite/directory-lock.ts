import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { StartRefused } from '#core/errors.ts'

/**
 * Holds a data directory for this process, by an open exclusive transaction on a small file beside the store: the
 * system frees it when the process dies, however it dies. Throws `StartRefused` where another process holds it.
 */
export function lockDirectory(dataDir: string): Disposable {
  const connection = new DatabaseSync(join(dataDir, 'posthorn.lock'))
  try {
    connection.exec('pragma locking_mode = exclusive')
    connection.exec('begin exclusive')
  } catch (error) {
    connection.close()
    throw new StartRefused(
      'directory_in_use',
      `another process already uses ${dataDir}`,
      'Stop it, or give this one a directory of its own (POSTHORN_DATA_DIR).',
      { cause: error },
    )
  }
  return { [Symbol.dispose]: () => connection.close() }
}
