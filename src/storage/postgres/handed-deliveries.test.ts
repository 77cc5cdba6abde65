import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Delivery } from '#core/delivery.ts'
import { asked, createDatabase, type TestDatabase } from '#test/support/test-database.ts'
import { until } from '#test/support/until.ts'
import {
  aMessage,
  published,
  received,
  storedApplication,
  storedEndpoint,
  t0,
} from '../conformance/fixtures.ts'
import type { Notice, PublishItem, Storage } from '../storage.ts'
import { openPostgresStorage } from './postgres-storage.ts'

let database: TestDatabase
/** Owns no lane. */
let publisher: Storage
/** Owns every lane. */
let owner: Storage
const heard: Notice[] = []
beforeAll(async () => {
  database = await createDatabase()
  owner = await openPostgresStorage({ url: database.url })
  owner.onNotice((notice) => heard.push(notice))
  publisher = await openPostgresStorage({ url: database.url, dispatches: false })
})
afterAll(async () => {
  await publisher[Symbol.asyncDispose]()
  await owner[Symbol.asyncDispose]()
  await database[Symbol.asyncDispose]()
})

function handed(appId: string): readonly Delivery[] {
  return heard
    .flatMap((notice) => (notice.kind === 'deliveries-handed' ? notice.deliveries : []))
    .filter((delivery) => delivery.appId === appId)
}

async function handedOver(appId: string, count: number): Promise<readonly Delivery[]> {
  return await until(async () => {
    const deliveries = handed(appId)
    return deliveries.length >= count && deliveries
  })
}

/** Whom each unfinished delivery of the application is leased to. */
async function leases(appId: string): Promise<readonly (number | null)[]> {
  const rows = await asked<{ leased_by: number | null }>(
    database.url,
    `select leased_by from posthorn.delivery where app_id = '${appId}'`,
  )
  return rows.map(({ leased_by: node }) => node)
}

async function aLane(appOver = {}) {
  const application = await storedApplication(publisher, appOver)
  const endpoint = await storedEndpoint(publisher, application.id)
  return { application, lane: { appId: application.id, endpointId: endpoint.id } }
}

/** That the messages were left in the store, where the lane's owner claims them. */
async function expectClaimed(
  { application, lane }: Awaited<ReturnType<typeof aLane>>,
  messages: readonly PublishItem['message'][],
): Promise<void> {
  await published(publisher, application, messages)
  await until(async () =>
    heard.some((notice) => notice.kind === 'deliveries-due' && notice.endpointId === lane.endpointId),
  )
  const { deliveries } = await owner.claimDeliveries([{ ...lane, max: 100 }], t0)
  expect(deliveries.map(({ message }) => message.payload)).toEqual(messages.map(({ payload }) => payload))
  expect(handed(application.id)).toEqual([])
}

describe('a delivery on a lane of another node', () => {
  test('comes to it with the message, and is leased to it', async () => {
    const { application, lane } = await aLane()
    const message = aMessage({ payload: '{ "n":  1.0, "text": "\\u00e9 é 你好" }' })
    const [stored] = await published(publisher, application, [message])
    expect(stored).toMatchObject({ handed: [], kept: [lane.endpointId] })
    const { id, eventType, contentType, payload, createdAt } = message
    const seq = stored?.seq
    expect(await handedOver(application.id, 1)).toEqual([
      {
        ...lane,
        messageSeq: seq,
        trigger: 'scheduled',
        message: {
          appId: application.id,
          seq,
          id,
          eventType,
          contentType,
          payload,
          received: null,
          createdAt,
        },
        attemptCount: 0,
        dueAt: createdAt,
        interruptions: 0,
      },
    ])
    expect((await owner.leasedKeys()).filter(({ appId }) => appId === application.id)).toEqual([
      { ...lane, messageSeq: seq, trigger: 'scheduled' },
    ])
  })

  test('comes once for each endpoint, however many messages go together', async () => {
    const { application } = await aLane()
    await storedEndpoint(publisher, application.id)
    const messages = Array.from({ length: 300 }, (_, n) =>
      aMessage({ payload: `"${n} ${'x'.repeat(n * 10)}"` }),
    )
    await published(publisher, application, messages)
    const deliveries = await handedOver(application.id, 600)
    const names = new Set(deliveries.map(({ messageSeq, endpointId }) => `${messageSeq} ${endpointId}`))
    expect([deliveries.length, names.size]).toEqual([600, 600])
    const payloads = new Map(deliveries.map(({ message }) => [message.id, message.payload]))
    expect(payloads).toEqual(new Map(messages.map(({ id, payload }) => [id, payload])))
  })

  test('comes with the text that was published, whatever it is', async () => {
    const { application, lane } = await aLane()
    const texts = fc.array(fc.string({ unit: 'binary', maxLength: 3_000 }), { minLength: 1, maxLength: 20 })
    await fc.assert(
      fc.asyncProperty(texts, async (given) => {
        const messages = given
          .map((text) => text.replaceAll('\u0000', '').toWellFormed())
          .map((payload) => aMessage({ payload }))
        await published(publisher, application, messages)
        const found = new Map<string, string | null>()
        await until(async () => {
          const { deliveries } = await owner.claimDeliveries([{ ...lane, max: 100 }], t0)
          for (const { message } of [...deliveries, ...handed(application.id)]) {
            found.set(message.id, message.payload)
          }
          return messages.every(({ id }) => found.has(id))
        })
        for (const { id, payload } of messages) expect(found.get(id)).toBe(payload)
      }),
      { numRuns: 30 },
    )
  })

  test('that is refused for its event id comes to nobody', async () => {
    const { application, lane } = await aLane()
    await published(publisher, application, [aMessage({ eventId: 'one' })])
    const group = { orgId: application.orgId, appRef: application.id, createApplication: null, atomic: false }
    const [result] = await publisher.publishMessages(
      [{ ...group, items: [{ message: aMessage({ eventId: 'one' }) }], onlyEndpointId: null, claim: null }],
      [],
      t0,
    )
    expect(result).toEqual({ kind: 'published', results: [{ kind: 'event-id-taken' }] })
    await published(publisher, application, [aMessage({ eventId: 'two' })])
    expect(await handedOver(lane.appId, 2)).toHaveLength(2)
  })

  test('comes also from a transaction of several statements', async () => {
    const { application } = await aLane({ throttleRate: 100 })
    await published(publisher, application, [aMessage()])
    expect(await handedOver(application.id, 1)).toHaveLength(1)
  })

  test('stays in the store where no notice is long enough for it', async () => {
    await expectClaimed(await aLane(), [aMessage({ payload: 'é'.repeat(4_000) })])
  })

  test('stays in the store where its text would break the notice', async () => {
    await expectClaimed(await aLane(), [aMessage({ payload: 'a\u001Eb' }), aMessage({ payload: 'a\u001Fb' })])
  })

  test('stays in the store where its message was received: a notice has no room for headers', async () => {
    await expectClaimed(await aLane(), [aMessage({ received })])
  })

  test('stays in the store for a while once the lane is declared full', async () => {
    const full = await aLane()
    await published(publisher, full.application, [aMessage()])
    await handedOver(full.lane.appId, 1)
    const other = await aLane()
    owner.cluster?.declareFull([full.lane])
    await until(async () => {
      await published(publisher, full.application, [aMessage()])
      return (await leases(full.lane.appId)).includes(null)
    })
    await published(publisher, other.application, [aMessage()])
    expect(await handedOver(other.lane.appId, 1)).toHaveLength(1)
  })

  test('stays in the store once its owner takes leave', async () => {
    const leaving = await createDatabase()
    const last = await openPostgresStorage({ url: leaving.url })
    const other = await openPostgresStorage({ url: leaving.url, dispatches: false })
    const application = await storedApplication(other)
    await storedEndpoint(other, application.id)
    await published(other, application, [aMessage()])
    await last.cluster?.retire()
    await published(other, application, [aMessage()])
    const rows = await asked<{ leased_by: number | null }>(
      leaving.url,
      'select leased_by from posthorn.delivery order by message_seq',
    )
    expect(rows).toEqual([{ leased_by: expect.any(Number) as number }, { leased_by: null }])
    await other[Symbol.asyncDispose]()
    await last[Symbol.asyncDispose]()
    await leaving[Symbol.asyncDispose]()
  })
})
