import { readFileSync } from 'node:fs'
import type { CrashPoint } from '#lib/crash-point.ts'
import { callApi } from '#test/support/call-api.ts'
import { createCluster } from '#test/support/cluster.ts'
import { killed, killableToken } from '#test/support/killable-server.ts'
import { createHookedApplication, Load } from '#test/support/load.ts'
import { messageIdOf, startReceiver } from '#test/support/receiver.ts'
import { asked } from '#test/support/test-database.ts'
import { until } from '#test/support/until.ts'
import { beforeAll, describe, expect, test } from 'vitest'

const publishers = 8
const lease = { POSTHORN_LEASE_MS: '1000' }

let token: string
beforeAll(async () => {
  token = await killableToken()
})

const deaths: readonly { readonly point: CrashPoint; readonly visits: number }[] = [
  { point: 'before-commit', visits: 40 },
  { point: 'after-commit', visits: 40 },
  { point: 'after-send', visits: 40 },
  { point: 'before-record', visits: 5 },
  { point: 'after-record', visits: 5 },
  { point: 'before-commit', visits: 41 },
  { point: 'after-commit', visits: 41 },
]

describe('a node on PostgreSQL', () => {
  test(
    'that dies at a point of its own loses nothing: another one goes on',
    { timeout: 120_000 },
    async () => {
      await using receiver = await startReceiver()
      const cluster = await createCluster({ env: lease })
      const survivor = cluster.startNode()
      const url = (await survivor.url) ?? ''
      // So many that each node owns the lanes of some.
      const appIds: string[] = []
      for (let n = 0; n < publishers; n++)
        appIds.push(await createHookedApplication(url, token, receiver.url))
      const load = new Load(token)
      for (const crashAt of deaths) {
        const victim = cluster.startNode({ crashAt })
        const victimUrl = await victim.url
        let isOver = false
        void victim.ended.then(() => (isOver = true))
        if (victimUrl !== null) {
          const at = [victimUrl, url]
          await Promise.all(
            appIds.map((appId, index) =>
              load.publishUntil({ url: at[index % 2] as string, appId }, () => isOver),
            ),
          )
        }
        expect(await victim.ended).toEqual(killed)
      }
      await load.settle(url)
      expect([...load.accepted].filter(([, ids]) => ids.size !== 1)).toEqual([])
      const accepted = new Set([...load.accepted.values()].flatMap((ids) => [...ids]))
      await until(async () => {
        const arrived = new Set(receiver.arrivals.map(messageIdOf))
        const metrics = await (await fetch(`${url}/metrics`)).text()
        return (
          [...accepted].every((id) => arrived.has(id)) && /^posthorn_deliveries_pending 0$/m.test(metrics)
        )
      })
      for (const [id, all] of Map.groupBy(receiver.arrivals, messageIdOf)) {
        expect(accepted.has(id)).toBe(true)
        if (all.length === 1) continue
        const text = await attemptsOf(url, appIds, id)
        const { data } = JSON.parse(text) as { readonly data: readonly { readonly response: string }[] }
        const interrupted = data.filter(({ response }) => response.startsWith('the server died'))
        expect(all.length - 1, `${id} arrived ${all.length} times`).toBeLessThanOrEqual(interrupted.length)
      }
    },
  )

  test(
    'that is stopped inside a transaction holds up nobody for long, and what it began is not committed',
    { timeout: 60_000 },
    async () => {
      await using receiver = await startReceiver()
      const cluster = await createCluster({ env: lease })
      const survivor = cluster.startNode()
      const url = (await survivor.url) ?? ''
      const appId = await createHookedApplication(url, token, receiver.url)
      const frozen = cluster.startNode({ crashAt: { point: 'before-commit', visits: 8, signal: 'SIGSTOP' } })
      const frozenUrl = (await frozen.url) ?? ''
      let answered = 0
      const asking = (async () => {
        for (let n = 0; n < 8; n++) {
          const { status } = await callApi(frozenUrl, token, 'PATCH', `/app/${appId}`, {
            name: `Before ${n}`,
          })
          if (status !== 200) return
          answered++
        }
      })().catch(() => {})
      // The third field of its state is T while it is stopped (proc_pid_stat(5)).
      await until(() => Promise.resolve(/\) T /.test(readFileSync(`/proc/${frozen.pid}/stat`, 'utf8'))))
      const held = await sessions(cluster.databaseUrl)
      expect(held.map(({ state }) => state)).toContain('idle in transaction')
      expect(answered).toBeLessThan(8)
      // The survivor needs what the transaction has locked: the node's row to bury it, and the application.
      const { status } = await callApi(url, token, 'PATCH', `/app/${appId}`, { name: 'Renamed' })
      expect([200, 503]).toContain(status)
      await until(async () => {
        const answer = await callApi(url, token, 'PATCH', `/app/${appId}`, { name: 'Renamed' })
        return answer.status === 200
      })
      const load = new Load(token)
      for (let n = 0; n < 20; n++) expect(await load.publishOne({ url, appId })).toBe(true)
      await receiver.arrived(20)
      // The database has ended its session by now, and with it the transaction.
      await until(async () =>
        (await sessions(cluster.databaseUrl)).every(({ state }) => state !== 'idle in transaction'),
      )
      const before = answered
      frozen.thaw()
      await asking
      const { text } = await callApi(url, token, 'GET', `/app/${appId}`)
      // A request that it had not begun is carried out; the one that it was stopped in is not.
      const { name } = JSON.parse(text) as { readonly name: string }
      expect(name).toBe(answered === before ? 'Renamed' : `Before ${answered - 1}`)
    },
  )
})

async function attemptsOf(url: string, appIds: readonly string[], messageId: string): Promise<string> {
  for (const appId of appIds) {
    const { status, text } = await callApi(url, token, 'GET', `/app/${appId}/attempt/msg/${messageId}`)
    if (status === 200) return text
  }
  throw new Error(`no application has ${messageId}`)
}

async function sessions(url: string): Promise<readonly { readonly state: string }[]> {
  return await asked(
    url,
    `select state from pg_stat_activity where datname = current_database() and application_name like 'posthorn%'`,
  )
}
