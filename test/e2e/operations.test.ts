import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chmodSync, copyFileSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { startReceiver } from '#test/support/receiver.ts'
import { isOnPostgres, start, temporaryDirectory } from '#test/support/start-app.ts'
import { afterEach, describe, expect, test } from 'vitest'

const run = promisify(execFile)
const main = join(import.meta.dirname, '../../src/main.ts')
const directories: string[] = []

function directory(): string {
  const made = temporaryDirectory()
  directories.push(made)
  return made
}
afterEach(() => {
  for (const each of directories.splice(0)) rmSync(each, { recursive: true, force: true })
})

async function posthorn(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  try {
    const { stdout, stderr } = await run(process.execPath, [main, ...args], {
      env: { PATH: process.env.PATH, ...env },
    })
    return { code: 0, stdout, stderr }
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string }
    return { code, stdout, stderr }
  }
}

describe.skipIf(isOnPostgres)('the data directory', () => {
  test('gets its secrets at the first start, for its owner’s eyes alone, and keeps them', async () => {
    const dataDir = join(directory(), 'deep/data')
    const app = await start({ dataDir })
    const { id } = await app.svix.application.create({ name: 'Kept' })
    await app.stop()
    const file = join(dataDir, 'secrets.json')
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(statSync(dataDir).mode & 0o777).toBe(0o700)
    expect(statSync(join(dataDir, 'posthorn.db')).mode & 0o777).toBe(0o600)
    const before = readFileSync(file, 'utf8')
    const again = await start({ dataDir })
    expect((await again.svix.application.get(id)).name).toBe('Kept')
    await again.stop()
    expect(readFileSync(file, 'utf8')).toBe(before)
  })

  test('is refused to a second process, in one line', async () => {
    const dataDir = directory()
    const app = await start({ dataDir })
    const { code, stderr } = await posthorn(['serve', '--data-dir', dataDir, '--listen', '127.0.0.1:0'])
    await app.stop()
    expect(code).toBe(1)
    expect(stderr.trim().split('\n')).toHaveLength(1)
    expect(stderr).toContain(`another process already uses ${dataDir}`)
  })

  test('is refused with another encryption key', async () => {
    const dataDir = directory()
    await (await start({ dataDir })).stop()
    const { code, stderr } = await posthorn(['serve', '--data-dir', dataDir, '--listen', '127.0.0.1:0'], {
      POSTHORN_ENCRYPTION_KEY: randomBytes(32).toString('base64'),
    })
    expect(code).toBe(1)
    expect(stderr).toContain('the encryption key is not the one')
  })

  test('is refused when others can read its secrets, or they are damaged', async () => {
    const dataDir = directory()
    await (await start({ dataDir })).stop()
    chmodSync(join(dataDir, 'secrets.json'), 0o644)
    expect((await posthorn(['serve', '--data-dir', dataDir])).stderr).toContain('chmod 600')
    chmodSync(join(dataDir, 'secrets.json'), 0o600)
    writeFileSync(join(dataDir, 'secrets.json'), '{')
    expect((await posthorn(['serve', '--data-dir', dataDir])).stderr).toContain('does not hold the secrets')
  })
})

describe.skipIf(isOnPostgres)('posthorn backup', () => {
  test('copies a running store, and the copy runs', async () => {
    await using receiver = await startReceiver()
    const dataDir = directory()
    const app = await start({ dataDir })
    const { id } = await app.svix.application.create({ name: 'Saved' })
    await app.svix.endpoint.create(id, { url: receiver.url })
    await app.svix.message.create(id, { eventType: 'a', payload: {} })
    await receiver.arrived(1)
    const restored = join(directory(), 'restored')
    mkdirSync(restored, { mode: 0o700 })
    const target = join(restored, 'posthorn.db')
    const { code, stdout } = await posthorn(['backup', target, '--data-dir', dataDir])
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining('bytes') as string })
    await app.stop()
    copyFileSync(join(dataDir, 'secrets.json'), join(restored, 'secrets.json'))
    const copy = await start({ dataDir: restored })
    expect((await copy.svix.application.get(id)).name).toBe('Saved')
    await copy.svix.message.create(id, { eventType: 'a', payload: { from: 'the copy' } })
    await receiver.arrived(2)
    await copy.stop()
  })

  test('says in one line what stands in its way', async () => {
    const empty = await posthorn(['backup', join(directory(), 'x.db'), '--data-dir', directory()])
    expect(empty).toMatchObject({ code: 1, stderr: expect.stringContaining('there is no store') as string })
  })
})

describe('an idle server', () => {
  test('answers health and metrics without a token, and nothing else', async () => {
    await using app = await start()
    const get = async (path: string) => {
      const response = await fetch(`${app.url}${path}`)
      return { status: response.status, text: await response.text() }
    }
    expect((await get('/health/live')).status).toBe(200)
    expect(await get('/health/ready')).toEqual({ status: 200, text: '{"status":"ready","reasons":[]}' })
    expect((await get('/api/v1/health')).status).toBe(204)
    expect((await get('/metrics')).text).toMatch(/^posthorn_deliveries_pending 0$/m)
    expect((await get('/docs')).text).toContain('Posthorn API')
    expect((await get('/api/v1/app')).status).toBe(401)
    expect((await get('/nowhere')).status).toBe(404)
  })
})
