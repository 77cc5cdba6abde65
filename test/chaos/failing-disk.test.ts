import { callApi } from '#test/support/call-api.ts'
import { killableToken, startKillable, stopped, directoryOfTest } from '#test/support/killable-server.ts'
import { createHookedApplication, Load } from '#test/support/load.ts'
import { messageIdOf, startReceiver } from '#test/support/receiver.ts'
import { hasStrace, strace } from '#test/support/strace.ts'
import { until } from '#test/support/until.ts'
import { expect, test } from 'vitest'

const publishers = 8
/** What the page cache holds after a failed sync is not to be trusted: the process ends with this. */
const untrustedStore = 70

test.skipIf(!hasStrace)(
  'a sync that fails ends the server, answers nothing that it does not hold, and the next one goes on',
  { timeout: 60_000 },
  async () => {
    const dataDir = directoryOfTest()
    const token = await killableToken()
    await using receiver = await startReceiver()
    const load = new Load(token)
    const first = startKillable(dataDir)
    const url = (await first.url) ?? ''
    const appId = await createHookedApplication(url, token, receiver.url)
    await strace(first.pid, ['-e', 'inject=fdatasync,fsync:error=EIO:when=20', '-o', '/dev/null'])
    await Promise.all(
      Array.from({ length: publishers }, () => load.publishUntil({ url, appId }, () => false)),
    )
    expect(await first.ended).toEqual({ code: untrustedStore, signal: null })
    expect(load.accepted.size).toBeGreaterThan(0)

    const second = startKillable(dataDir)
    const at = { url: (await second.url) ?? '', appId }
    await load.settle(at.url)
    for (const ids of load.accepted.values()) {
      expect(ids.size).toBe(1)
      for (const id of ids)
        expect((await callApi(at.url, token, 'GET', `/app/${appId}/msg/${id}`)).status).toBe(200)
    }
    await until(() => {
      const arrived = new Set(receiver.arrivals.map(messageIdOf))
      return Promise.resolve(
        [...load.accepted.values()].every((ids) => [...ids].every((id) => arrived.has(id))),
      )
    })
    expect(await second.kill('SIGTERM')).toEqual(stopped)
  },
)

test.skipIf(!hasStrace)(
  'writes that fail are answered by 503 with Retry-After, and the same server goes on when the disk does',
  { timeout: 60_000 },
  async () => {
    const dataDir = directoryOfTest()
    const token = await killableToken()
    await using receiver = await startReceiver()
    const server = startKillable(dataDir)
    const url = (await server.url) ?? ''
    const appId = await createHookedApplication(url, token, receiver.url)
    const publish = (n: number): Promise<Response> =>
      fetch(`${url}/api/v1/app/${appId}/msg`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify({ eventType: 'a', payload: { n } }),
      })
    await strace(server.pid, ['-e', 'inject=pwrite64:error=EIO:when=40..60', '-o', '/dev/null'])
    const accepted = new Set<string>()
    let refusals = 0
    // Goes on for a while after the last refusal.
    for (let n = 0, since = 0; since < 20; n++) {
      const response = await publish(n)
      if (response.status === 202) {
        accepted.add(((await response.json()) as { id: string }).id)
        if (refusals > 0) since++
        continue
      }
      expect({ status: response.status, retryAfter: response.headers.get('retry-after') }).toEqual({
        status: 503,
        retryAfter: expect.stringMatching(/^\d+$/) as string,
      })
      expect(await response.json()).toMatchObject({ code: 'store_io_error' })
      refusals++
      since = 0
    }
    await until(() => Promise.resolve(new Set(receiver.arrivals.map(messageIdOf)).size === accepted.size))
    expect([...new Set(receiver.arrivals.map(messageIdOf))].toSorted()).toEqual([...accepted].toSorted())
    await until(async () => (await fetch(`${url}/health/ready`)).ok)
    expect(await server.kill('SIGTERM')).toEqual(stopped)
  },
)
