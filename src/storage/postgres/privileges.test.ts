import { randomBytes } from 'node:crypto'
import { asked, createDatabase } from '#test/support/test-database.ts'
import { describe, expect, onTestFinished, test } from 'vitest'
import {
  anOutcome,
  keyOf,
  publishedOne,
  storedApplication,
  storedEndpoint,
  t0,
} from '../conformance/fixtures.ts'
import { openPostgresStorage } from './postgres-storage.ts'

/** A database of which nobody but its owner may use anything, and a role with these rights alone. */
async function databaseFor(rights: (database: string, role: string) => string): Promise<string> {
  const database = await createDatabase()
  const { pathname } = new URL(database.url)
  const [name, role] = [pathname.slice(1), `posthorn_role_${randomBytes(6).toString('hex')}`]
  const password = randomBytes(12).toString('hex')
  await asked(
    database.url,
    `create role ${role} login password '${password}'; revoke all on database ${name} from public;
      revoke all on schema public from public; ${rights(name, role)}`,
  )
  onTestFinished(async () => {
    await asked(
      database.url,
      `drop owned by ${role}; alter database ${name} owner to current_user; drop role ${role}`,
    )
    await database[Symbol.asyncDispose]()
  })
  const url = new URL(database.url)
  url.username = role
  url.password = password
  return url.href
}

describe('a role', () => {
  test.each([
    {
      what: 'owns its database',
      rights: (name: string, role: string) => `alter database ${name} owner to ${role}`,
    },
    {
      what: 'may connect and make a schema',
      rights: (name: string, role: string) => `grant connect, create on database ${name} to ${role}`,
    },
  ])('that $what has all the rights that it needs', async ({ rights }) => {
    const url = await databaseFor(rights)
    const complaints: unknown[] = []
    await using storage = await openPostgresStorage({ url, onError: (error) => complaints.push(error) })
    const application = await storedApplication(storage)
    const endpoint = await storedEndpoint(storage, application.id)
    const message = await publishedOne(storage, application)
    await storage.recordOutcomes([anOutcome(keyOf(message, endpoint))], t0)
    await asked(url, `select posthorn.publish('${application.id}', 'a.thing', '{}')`)
    expect((await storage.outbox?.relay([], t0))?.published).toHaveLength(1)
    await storage.expire(t0)
    await storage.dropHistory(t0, 1_000)
    await storage.purgeDeleted(t0)
    await storage.probe()
    expect(complaints).toEqual([])
  })

  test('that may make no schema is refused, and told what to grant', async () => {
    const url = await databaseFor((name, role) => `grant connect on database ${name} to ${role}`)
    await expect(openPostgresStorage({ url })).rejects.toMatchObject({
      code: 'database_not_permitted',
      hint: expect.stringContaining('CREATE on the database') as string,
    })
  })

  test('that finds a schema of another one is refused', async () => {
    const url = await databaseFor(
      (name, role) => `grant connect, create on database ${name} to ${role}; create schema posthorn`,
    )
    await expect(openPostgresStorage({ url })).rejects.toMatchObject({ code: 'database_not_permitted' })
  })
})
