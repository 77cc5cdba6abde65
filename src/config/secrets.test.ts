import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { StartRefused } from '#core/errors.ts'
import { prepareDataDir } from './data-dir.ts'
import { loadSecrets } from './secrets.ts'

const unset = { jwtSecret: null, jwtAlgorithm: 'HS256', encryptionKey: null } as const
const jwtSecret = 'a secret of thirty-two characters'

let root = ''
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'posthorn-secrets-'))
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

const modeOf = (path: string): number => statSync(path).mode & 0o777

function refusal(run: () => unknown): { code: string; message: string } {
  try {
    run()
  } catch (error) {
    if (error instanceof StartRefused) return { code: error.code, message: error.message }
    throw error
  }
  throw new Error('it was not refused')
}

const starterProgram = `
  const { loadSecrets } = await import(${JSON.stringify(join(import.meta.dirname, 'secrets.ts'))})
  const config = { jwtSecret: null, jwtAlgorithm: 'HS256', encryptionKey: null }
  const keyOf = (dataDir) => loadSecrets({ ...config, dataDir }).encryptionKey.toString('base64')
  process.once('message', () => {
    process.send(process.argv.slice(1).map(keyOf))
    process.disconnect()
  })
  process.send('ready')`

/** A process that loads the secrets of some directories as soon as it is told to, and gives their keys. */
function starter(directories: readonly string[]) {
  const child = spawn(process.execPath, ['--input-type=module', '--eval', starterProgram, ...directories], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  const isReady = once(child, 'message')
  return {
    isReady,
    go: async (): Promise<readonly string[]> => {
      const answered = once(child, 'message')
      child.send('go')
      const [keys] = (await answered) as [readonly string[]]
      return keys
    },
  }
}

describe('secrets', () => {
  test('are made at the first start, for the owner alone, and are the same ever after', () => {
    const dataDir = join(root, 'deep', 'data')
    const first = loadSecrets({ ...unset, dataDir })
    expect(first.isNew).toBe(true)
    expect(first.encryptionKey).toHaveLength(32)
    expect(modeOf(dataDir)).toBe(0o700)
    expect(modeOf(join(dataDir, 'secrets.json'))).toBe(0o600)
    expect(readdirSync(dataDir)).toEqual(['secrets.json'])
    const second = loadSecrets({ ...unset, dataDir })
    expect(second.isNew).toBe(false)
    expect(second.encryptionKey).toEqual(first.encryptionKey)
    const textOf = ({ jwtKeys }: typeof first) => jwtKeys.keys[0]?.signingKey?.export().toString('utf8')
    expect(textOf(second)).toBe(textOf(first))
  })

  test('of two stores differ', () => {
    const of = (name: string) => loadSecrets({ ...unset, dataDir: join(root, name) }).encryptionKey
    expect(of('a')).not.toEqual(of('b'))
  })

  test('come from the configuration alone where it has both, and no file is made', () => {
    const encryptionKey = randomBytes(32)
    const secrets = loadSecrets({ ...unset, dataDir: root, jwtSecret, encryptionKey })
    expect(secrets.encryptionKey).toBe(encryptionKey)
    expect(secrets.jwtKeys.keys[0]?.signingKey?.export().toString('utf8')).toBe(jwtSecret)
    expect(readdirSync(root)).toEqual([])
  })

  test('come from the file only as far as the configuration lacks them', () => {
    const { encryptionKey } = loadSecrets({ ...unset, dataDir: root })
    const secrets = loadSecrets({ ...unset, dataDir: root, jwtSecret })
    expect(secrets.encryptionKey).toEqual(encryptionKey)
    expect(secrets.jwtKeys.keys[0]?.signingKey?.export().toString('utf8')).toBe(jwtSecret)
  })

  test('for an algorithm with key pairs cannot be made up', () => {
    expect(refusal(() => loadSecrets({ ...unset, dataDir: root, jwtAlgorithm: 'RS256' }))).toMatchObject({
      code: 'jwt_secret_missing',
    })
    expect(readdirSync(root)).toEqual([])
  })

  test('are agreed upon by processes that start for the first time at once', async () => {
    const directories = Array.from({ length: 20 }, (_, index) => join(root, String(index)))
    for (const each of directories) mkdirSync(each)
    const starters = [starter(directories), starter(directories), starter(directories)]
    await Promise.all(starters.map(({ isReady }) => isReady))
    const [first = [], ...others] = await Promise.all(starters.map(({ go }) => go()))
    expect(new Set(first).size).toBe(directories.length)
    for (const each of others) expect(each).toEqual(first)
    for (const each of directories) expect(readdirSync(each)).toEqual(['secrets.json'])
  })

  test('are made although a death left a part of them behind', () => {
    for (const name of ['secrets.json.1', `secrets.json.${process.pid}`])
      writeFileSync(join(root, name), '{"jwt')
    expect(loadSecrets({ ...unset, dataDir: root }).isNew).toBe(true)
  })

  test.each([0o644, 0o640, 0o604, 0o620])('in a file of mode %o are refused, with the cure', (mode) => {
    loadSecrets({ ...unset, dataDir: root })
    const file = join(root, 'secrets.json')
    chmodSync(file, mode)
    expect(refusal(() => loadSecrets({ ...unset, dataDir: root }))).toEqual({
      code: 'secrets_readable',
      message: `${file} can be read by others (mode ${mode.toString(8)})`,
    })
  })

  test.each([
    ['nothing', ''],
    ['half of them', '{"jwtSecret": "x'],
    ['no object', 'null'],
    ['one of them', '{"jwtSecret":"0123456789012345678901234567890123456789"}'],
    ['a key of another length', JSON.stringify({ jwtSecret: 'x'.repeat(40), encryptionKey: 'c2hvcnQ=' })],
  ])('in a file that holds %s are refused and left as they are', (_, content) => {
    const file = join(root, 'secrets.json')
    writeFileSync(file, content, { mode: 0o600 })
    expect(refusal(() => loadSecrets({ ...unset, dataDir: root }))).toMatchObject({ code: 'secrets_damaged' })
    expect(readFileSync(file, 'utf8')).toBe(content)
  })

  test('that cannot be read at all are refused for that reason', () => {
    mkdirSync(join(root, 'secrets.json'), { mode: 0o700 })
    expect(refusal(() => loadSecrets({ ...unset, dataDir: root }))).toMatchObject({
      code: 'secrets_unreadable',
    })
  })
})

describe('the data directory', () => {
  test('is refused where it cannot be made or is no directory', () => {
    writeFileSync(join(root, 'file'), '')
    for (const dataDir of [join(root, 'file'), join(root, 'file', 'data')]) {
      expect(refusal(() => prepareDataDir(dataDir))).toMatchObject({
        code: 'data_dir_not_writable',
        message: expect.stringContaining(`cannot write to ${dataDir}`) as string,
      })
    }
  })

  test('keeps the mode that its owner gave it', () => {
    const dataDir = join(root, 'shared')
    mkdirSync(dataDir)
    chmodSync(dataDir, 0o750)
    prepareDataDir(dataDir)
    expect(modeOf(dataDir)).toBe(0o750)
  })
})
