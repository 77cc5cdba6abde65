import { randomBytes } from 'node:crypto'
import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  statSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { StartRefused } from '#core/errors.ts'
import { makeDirectory } from '#lib/make-directory.ts'
import { type JwtKeys, jwtKeysOf } from './jwt-keys.ts'
import type { Config } from './options.ts'

export interface Secrets {
  readonly jwtKeys: JwtKeys
  /** 32 bytes. */
  readonly encryptionKey: Buffer
  /** The file was made now. */
  readonly isNew: boolean
}

interface Stored {
  readonly jwtSecret: string
  readonly encryptionKey: string
}

/**
 * Secrets from the configuration, and what it lacks from `secrets.json` in the data directory, which the first start
 * creates with mode 0600. Throws `StartRefused` when that file is open to others or damaged.
 */
export function loadSecrets(
  config: Pick<Config, 'dataDir' | 'jwtSecret' | 'jwtAlgorithm' | 'encryptionKey'>,
): Secrets {
  const { jwtSecret, jwtAlgorithm, encryptionKey } = config
  if (jwtSecret !== null && encryptionKey !== null) {
    return { jwtKeys: jwtKeysOf(jwtAlgorithm, jwtSecret), encryptionKey, isNew: false }
  }
  if (jwtSecret === null && !jwtAlgorithm.startsWith('HS')) {
    throw new StartRefused(
      'jwt_secret_missing',
      `POSTHORN_JWT_SECRET is unset; ${jwtAlgorithm} takes keys that you make`,
      'Set POSTHORN_JWT_SECRET, or leave POSTHORN_JWT_ALGORITHM at HS256.',
    )
  }
  const file = join(config.dataDir, 'secrets.json')
  const isNew = !existsSync(file)
  const stored = isNew ? create(config.dataDir, file) : read(file)
  return {
    jwtKeys: jwtKeysOf(jwtAlgorithm, jwtSecret ?? stored.jwtSecret),
    encryptionKey: encryptionKey ?? Buffer.from(stored.encryptionKey, 'base64'),
    isNew,
  }
}

function create(dir: string, file: string): Stored {
  const stored: Stored = {
    jwtSecret: randomBytes(48).toString('base64url'),
    encryptionKey: randomBytes(32).toString('base64'),
  }
  try {
    makeDirectory(dir, 0o700)
    const partial = `${file}.${process.pid}`
    const handle = openSync(partial, 'wx', 0o600)
    writeSync(handle, `${JSON.stringify(stored, null, 2)}\n`)
    fsyncSync(handle)
    closeSync(handle)
    renameSync(partial, file)
  } catch (error) {
    throw new StartRefused(
      'data_dir_not_writable',
      `cannot write to ${dir}: ${error instanceof Error ? error.message : String(error)}`,
      'Make the data directory writable, or name another (POSTHORN_DATA_DIR).',
      { cause: error },
    )
  }
  return stored
}

function read(file: string): Stored {
  const mode = statSync(file).mode & 0o777
  if ((mode & 0o077) !== 0) {
    throw new StartRefused(
      'secrets_readable',
      `${file} can be read by others (mode ${mode.toString(8)})`,
      `Run: chmod 600 ${file}`,
    )
  }
  try {
    const stored = JSON.parse(readFileSync(file, 'utf8')) as Partial<Stored>
    const { jwtSecret, encryptionKey } = stored
    if (typeof jwtSecret === 'string' && typeof encryptionKey === 'string') {
      if (Buffer.from(encryptionKey, 'base64').length === 32) return { jwtSecret, encryptionKey }
    }
  } catch (error) {
    throw damaged(file, error)
  }
  throw damaged(file)
}

function damaged(file: string, cause?: unknown): StartRefused {
  return new StartRefused(
    'secrets_damaged',
    `${file} does not hold the secrets of this store`,
    'Restore it from a backup: without it, the secrets in the store cannot be opened.',
    { cause },
  )
}
