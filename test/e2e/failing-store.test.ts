import { execFileSync } from 'node:child_process'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { StoreUnavailable } from '#core/errors.ts'
import type { Storage } from '#storage/storage.ts'
import { messageIdOf, startReceiver } from '#test/support/receiver.ts'
import { type Running, start, temporaryDirectory, isOnPostgres } from '#test/support/start-app.ts'
import { until } from '#test/support/until.ts'
import { describe, expect, test } from 'vitest'

function publish(app: Running, appId: string, n: number): Promise<Response> {
  return fetch(`${app.url}/api/v1/app/${appId}/msg`, {
    method: 'POST',
    headers: { authorization: `Bearer ${app.token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ eventType: 'a', payload: { n, filler: 'x'.repeat(10_000) } }),
  })
}

async function readiness(app: Running): Promise<{ status: number; reasons: readonly string[] }> {
  const response = await fetch(`${app.url}/health/ready`)
  return {
    status: response.status,
    reasons: ((await response.json()) as { reasons: readonly string[] }).reasons,
  }
}

const refusal = { retryAfter: expect.stringMatching(/^\d+$/) as string }

describe('a store whose writes fail with an I/O error', () => {
  /** Fails the verbs that write messages and outcomes while the switch is on. */
  function faulty() {
    const state = { isFailing: false, refusedOutcomes: 0 }
    const wrapStorage = (storage: Storage): Storage =>
      new Proxy(storage, {
        get(target, name) {
          const verb: unknown = Reflect.get(target, name)
          if (
            typeof verb !== 'function' ||
            !['publishMessages', 'recordOutcomes', 'probe'].includes(String(name))
          )
            return verb
          return (...args: readonly unknown[]): unknown => {
            if (!state.isFailing) return Reflect.apply(verb, target, args)
            if (name === 'recordOutcomes') state.refusedOutcomes++
            return Promise.reject(
              new StoreUnavailable('store_io_error', 'disk I/O error', 'Look at the disk.'),
            )
          }
        },
      })
    return { state, wrapStorage }
  }

  test('answers 503, pauses sending, says so, and goes on by itself without losing or repeating anything', async () => {
    const { state, wrapStorage } = faulty()
    const gate = Promise.withResolvers<void>()
    await using receiver = await startReceiver(async () => {
      await gate.promise
      return { status: 204 }
    })
    await using app = await start({ parts: { wrapStorage } })
    const { id } = await app.svix.application.create({ name: 'Faulty' })
    await app.svix.endpoint.create(id, { url: receiver.url })
    // More than the lane sends at once: some are under way when the store fails, the others wait.
    for (let n = 0; n < 40; n++) expect((await publish(app, id, n)).status).toBe(202)
    await receiver.arrived(4)
    state.isFailing = true
    gate.resolve()
    await until(() => Promise.resolve(state.refusedOutcomes > 0))
    const begun = receiver.arrivals.length
    const refused = await publish(app, id, 40)
    expect({ status: refused.status, retryAfter: refused.headers.get('retry-after') }).toEqual({
      status: 503,
      ...refusal,
    })
    expect(await refused.json()).toMatchObject({ code: 'store_io_error' })
    const unready = await until(async () => {
      const report = await readiness(app)
      return report.status === 503 && report
    })
    expect(unready.reasons.join()).toContain('disk I/O error')
    const seen = state.refusedOutcomes
    await until(() => Promise.resolve(state.refusedOutcomes > seen))
    // Nothing new was begun while outcomes could not be written, beyond what was already on its way.
    expect(receiver.arrivals.length - begun).toBeLessThanOrEqual(16)
    state.isFailing = false
    await receiver.arrived(40)
    await until(async () => (await readiness(app)).status === 200)
    expect((await publish(app, id, 41)).status).toBe(202)
    const arrivals = await receiver.arrived(41)
    expect(new Set(arrivals.map(messageIdOf)).size).toBe(41)
  })
})

/** Gives the test a disk of its own, which it can fill. */
async function onSmallDisk(size: string, run: (mount: string) => Promise<void>): Promise<void> {
  const mount = temporaryDirectory()
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', mount])
  try {
    await run(mount)
  } finally {
    execFileSync('umount', [mount])
    rmSync(mount, { recursive: true, force: true })
  }
}

/** Takes more than to be root where a container holds rights back. */
async function canMount(): Promise<boolean> {
  try {
    await onSmallDisk('1m', () => Promise.resolve())
    return true
  } catch {
    return false
  }
}

describe.skipIf(isOnPostgres || !(await canMount()))('a disk that fills up', () => {
  test('makes publishing answer 503, keeps what was accepted, and takes messages again once there is room', () =>
    onSmallDisk('12m', async (mount) => {
      await using receiver = await startReceiver()
      await using app = await start({ dataDir: join(mount, 'data') })
      const { id } = await app.svix.application.create({ name: 'Full' })
      await app.svix.endpoint.create(id, { url: receiver.url })
      writeFileSync(join(mount, 'ballast'), Buffer.alloc(8_000_000))
      const accepted = new Set<string>()
      let refused: Response | null = null
      for (let n = 0; n < 2_000 && refused === null; n++) {
        const response = await publish(app, id, n)
        if (response.status === 202) accepted.add(((await response.json()) as { id: string }).id)
        else refused = response
      }
      expect(refused?.status).toBe(503)
      expect(refused?.headers.get('retry-after')).toMatch(/^\d+$/)
      expect(await refused?.json()).toMatchObject({ code: 'store_full' })
      await until(async () => (await readiness(app)).status === 503)
      rmSync(join(mount, 'ballast'))
      await until(async () => (await readiness(app)).status === 200)
      expect((await publish(app, id, -1)).status).toBe(202)
      await until(() => {
        const arrived = new Set(receiver.arrivals.map(messageIdOf))
        return Promise.resolve([...accepted].every((each) => arrived.has(each)))
      })
    }))

  test('to the reserve takes no messages, but the outcomes of those that it took', () =>
    onSmallDisk('24m', async (mount) => {
      const gate = Promise.withResolvers<void>()
      await using receiver = await startReceiver(async () => {
        await gate.promise
        return { status: 204 }
      })
      await using app = await start({
        dataDir: join(mount, 'data'),
        env: { POSTHORN_DISK_RESERVE_BYTES: '8000000' },
      })
      const { id } = await app.svix.application.create({ name: 'Reserve' })
      await app.svix.endpoint.create(id, { url: receiver.url })
      const { id: taken } = (await (await publish(app, id, 0)).json()) as { id: string }
      await receiver.arrived(1)
      writeFileSync(join(mount, 'ballast'), Buffer.alloc(14_000_000))
      const refused = await until(async () => {
        const response = await publish(app, id, 1)
        return response.status === 503 && response
      })
      expect(refused.headers.get('retry-after')).toMatch(/^\d+$/)
      expect(await refused.json()).toMatchObject({ code: 'disk_reserve_reached' })
      const { status, reasons } = await readiness(app)
      expect({ status, reasons: reasons.join() }).toEqual({
        status: 503,
        reasons: expect.stringContaining('kept for outcomes') as string,
      })
      gate.resolve()
      await until(async () => (await app.svix.messageAttempt.listByMsg(id, taken)).data[0]?.status === 0)
      expect((await readiness(app)).status).toBe(503)
      rmSync(join(mount, 'ballast'))
      await until(async () => (await publish(app, id, 2)).status === 202)
      await until(async () => (await readiness(app)).status === 200)
    }))
})

describe.skipIf(isOnPostgres)('a disk with less than the reserve', () => {
  test('takes no messages, and says so', async () => {
    await using app = await start({ config: { diskReserveBytes: Number.MAX_SAFE_INTEGER } })
    const { id } = await app.svix.application.create({ name: 'Reserve' })
    const refused = await publish(app, id, 1)
    expect({ status: refused.status, retryAfter: refused.headers.get('retry-after') }).toEqual({
      status: 503,
      ...refusal,
    })
    expect(await refused.json()).toMatchObject({ code: 'disk_reserve_reached' })
    expect((await readiness(app)).status).toBe(503)
  })
})
