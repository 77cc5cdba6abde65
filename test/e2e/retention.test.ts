import { rmSync } from 'node:fs'
import pg from 'pg'
import { expect, test } from 'vitest'
import { databaseOf, isOnPostgres, start, temporaryDirectory } from '#test/support/start-app.ts'
import { until } from '#test/support/until.ts'

/** PostgreSQL divides history by days of its own clock: as if what is there had been written two days ago. */
async function daysPass(dataDir: string): Promise<void> {
  if (!isOnPostgres) return
  const client = new pg.Client({ connectionString: (await databaseOf(dataDir)).POSTHORN_DATABASE_URL })
  await client.connect()
  try {
    await client.query('update posthorn.history_period set began_at = began_at - 172800000')
  } finally {
    await client.end()
  }
}

test('messages older than the retention go at the next start, and what waits stays', async () => {
  const dataDir = temporaryDirectory()
  try {
    await using first = await start({ dataDir })
    const { id: appId } = await first.svix.application.create({ name: 'Retention' })
    const publish = async (channel: string) =>
      (await first.svix.message.create(appId, { eventType: 'a', payload: {}, channels: [channel] })).id
    await first.svix.endpoint.create(appId, { url: 'http://127.0.0.1:1/', channels: ['waits'] })
    const waits = await publish('waits')
    const gone = await publish('goes')
    // The newest of all stays in any case.
    await publish('goes')
    await first.stop()
    await daysPass(dataDir)

    await using second = await start({
      dataDir,
      config: { retentionDays: 0 },
      parts: { dropsOldAfterMs: 0 },
    })
    const isThere = async (id: string): Promise<boolean> =>
      await second.svix.message.get(appId, id).then(
        () => true,
        () => false,
      )
    await until(async () => !(await isThere(gone)))
    expect(await isThere(waits)).toBe(true)
  } finally {
    rmSync(dataDir, { recursive: true, force: true })
  }
})
