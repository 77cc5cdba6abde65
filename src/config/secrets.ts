import { randomBytes } from 'node:crypto'
import {
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { StartRefused } from '#core/errors.ts'
import { notWritable, prepareDataDir } from './data-dir.ts'
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
  const isNew = !existsSync(file) && create(config.dataDir, file)
  const stored = read(file)
  return {
    jwtKeys: jwtKeysOf(jwtAlgorithm, jwtSecret ?? stored.jwtSecret),
    encryptionKey: encryptionKey ?? Buffer.from(stored.encryptionKey, 'base64'),
    isNew,
  }
}

/**
 * False where another process made the file meanwhile: a link, unlike a rename, replaces nothing, so that two first
 * starts at once agree on one key. The partial file's name is random: one that a death left behind is in nobody's way.
 */
function create(dir: string, file: string): boolean {
  const stored: Stored = {
    jwtSecret: randomBytes(48).toString('base64url'),
    encryptionKey: randomBytes(32).toString('base64'),
  }
  prepareDataDir(dir)
  const partial = `${file}.${randomBytes(6).toString('hex')}`
  try {
    const handle = openSync(partial, 'wx', 0o600)
    try {
      writeFileSync(handle, `${JSON.stringify(stored, null, 2)}\n`)
      fsyncSync(handle)
    } finally {
      closeSync(handle)
    }
    linkSync(partial, file)
    syncDirectory(dir)
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false
    throw notWritable(dir, error)
  } finally {
    rmSync(partial, { force: true })
  }
}

/** The store must not outlive the key that opens it: the file's name is on disk before anything is encrypted. */
function syncDirectory(dir: string): void {
  const handle = openSync(dir, 'r')
  try {
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}

function read(file: string): Stored {
  const { mode, text } = contentOf(file)
  if ((mode & 0o077) !== 0) {
    throw new StartRefused(
      'secrets_readable',
      `${file} can be read by others (mode ${mode.toString(8)})`,
      `Run: chmod 600 ${file}`,
    )
  }
  try {
    const stored = JSON.parse(text) as Partial<Stored>
    const { jwtSecret, encryptionKey } = stored
    if (typeof jwtSecret === 'string' && typeof encryptionKey === 'string') {
      if (Buffer.from(encryptionKey, 'base64').length === 32) return { jwtSecret, encryptionKey }
    }
  } catch (error) {
    throw damaged(file, error)
  }
  throw damaged(file)
}

function contentOf(file: string): { readonly mode: number; readonly text: string } {
  try {
    return { mode: statSync(file).mode & 0o777, text: readFileSync(file, 'utf8') }
  } catch (error) {
    throw new StartRefused(
      'secrets_unreadable',
      `cannot read ${file}: ${error instanceof Error ? error.message : String(error)}`,
      'Run Posthorn as the user who owns the data directory.',
      { cause: error },
    )
  }
}

function damaged(file: string, cause?: unknown): StartRefused {
  return new StartRefused(
    'secrets_damaged',
    `${file} does not hold the secrets of this store`,
    'Restore it from a backup: without it, the secrets in the store cannot be opened.',
    { cause },
  )
}
