import { emptyHistogram, observe } from '#core/histogram.ts'
import { minuteMs, minuteOf, noTraffic, type Traffic } from '#core/traffic.ts'
import { settle } from '#test/support/settle.ts'
import { queried, type Scene, startScene } from '#test/support/start-scene.ts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { signApplicationToken, signOrganisationToken } from '../tokens.ts'

let scene: Scene
const ask: Scene['ask'] = (...asked) => scene.ask(...asked)

beforeAll(async () => {
  scene = await startScene()
})
afterAll(() => scene[Symbol.asyncDispose]())

const hourMs = 60 * minuteMs
const dayMs = 24 * hourMs
const iso = (instant: number): string => new Date(instant).toISOString()

let organisations = 0
/** An organisation of its own, with its token. */
async function organisation(): Promise<{ readonly orgId: string; readonly token: string }> {
  const orgId = `org_series_${++organisations}`
  return { orgId, token: await signOrganisationToken(scene.api.jwtKeys, orgId, Date.now()) }
}

function someTraffic(over: Partial<Traffic>): Traffic {
  const [latency, duration] = [emptyHistogram(), emptyHistogram()]
  for (let n = 0; n < 100; n++) {
    observe(latency, n < 95 ? 80 : 9_000)
    observe(duration, 10)
  }
  return { ...noTraffic(), ...over, latency, duration }
}

const empty = {
  messages: 0,
  deliveries: 0,
  delivered: 0,
  exhausted: 0,
  retried: 0,
  pending: null,
  latencyMs: null,
  durationMs: null,
}

describe('what passed, over time', () => {
  test('is the last hour by minutes, with nothing where nothing was', async () => {
    const { orgId, token } = await organisation()
    const before = minuteOf(Date.now())
    const at = before - 5 * minuteMs
    const counts = { messages: 2, deliveries: 4, delivered: 3, exhausted: 1, retried: 5 }
    const waiting = { at, counts: [{ orgId, deliveries: 6 }] }
    await scene.api.storage.addMinutes([{ orgId, at, traffic: someTraffic(counts) }], waiting)
    const { json } = await ask('GET', '/stats/series', { token })
    expect(json.stepSeconds).toBe(60)
    expect(json.data).toHaveLength(60)
    expect([json.data[0].at, json.until]).toEqual([
      json.since,
      iso(Date.parse(json.data[59].at as string) + minuteMs),
    ])
    expect(Date.parse(json.until as string)).toBeGreaterThan(before)
    const filled = json.data.filter(({ messages }: { messages: number }) => messages > 0)
    expect(filled).toEqual([
      {
        at: iso(at),
        ...counts,
        pending: 6,
        latencyMs: { p50: expect.closeTo(76, 0), p90: expect.closeTo(97, 0), p99: expect.closeTo(9_000, 0) },
        durationMs: { p50: expect.closeTo(10, 0), p90: expect.any(Number), p99: expect.any(Number) },
      },
    ])
    const rest = json.data.filter(({ messages }: { messages: number }) => messages === 0)
    expect(rest).toHaveLength(59)
    for (const { at: _, ...step } of rest) expect(step).toEqual({ ...empty, pending: null })
  })

  test('comes in as many steps as are wanted, of whole minutes, rounded outward', async () => {
    const { orgId, token } = await organisation()
    const start = Date.parse('2026-01-05T00:00:00Z')
    const minutes = [0, 59, 60, 8 * 1_440 - 1].map((n) => ({
      orgId,
      at: start + n * minuteMs,
      traffic: someTraffic({ messages: 1 }),
    }))
    await scene.api.storage.addMinutes(minutes, null)
    const period = `since=${queried(start)}&until=${queried(start + 8 * dayMs)}`
    const whole = (await ask('GET', `/stats/series?${period}&points=192`, { token })).json
    expect([whole.stepSeconds, whole.data.length]).toEqual([3_600, 192])
    expect([whole.since, whole.until]).toEqual([iso(start), iso(start + 8 * dayMs)])
    const messages = whole.data.map((step: { messages: number }) => step.messages)
    expect([messages[0], messages[1], messages[191]]).toEqual([2, 1, 1])
    const few = (await ask('GET', `/stats/series?${period}&points=10`, { token })).json
    expect(few.data.length).toBeLessThanOrEqual(11)
    expect(few.data.reduce((sum: number, step: { messages: number }) => sum + step.messages, 0)).toBe(4)
    const inside = `since=${queried(start + 30_000)}&until=${queried(start + 90_000)}`
    const short = (await ask('GET', `/stats/series?${inside}`, { token })).json
    expect(short.data.map((step: { at: string }) => step.at)).toEqual([iso(start), iso(start + minuteMs)])
  })

  test('is the organisation’s own alone', async () => {
    const [ours, theirs] = [await organisation(), await organisation()]
    const at = minuteOf(Date.now())
    const waiting = { at, counts: [{ orgId: ours.orgId, deliveries: 5 }] }
    await scene.api.storage.addMinutes(
      [{ orgId: ours.orgId, at, traffic: someTraffic({ messages: 1 }) }],
      waiting,
    )
    const { json } = await ask('GET', '/stats/series', { token: theirs.token })
    expect(json.data.filter((step: { messages: number }) => step.messages > 0)).toEqual([])
    expect(Math.max(...json.data.map((step: { pending: number | null }) => step.pending ?? 0))).toBe(0)
  })

  test.each([
    ['points=9', 422, 'points'],
    ['points=301', 422, 'points'],
    ['points=many', 422, 'points'],
    ['since=yesterday', 422, 'since'],
    [`since=${queried(Date.now() - 9 * dayMs)}`, 400, 'since'],
    [`since=${queried(Date.now() + dayMs)}`, 400, 'since'],
    [`until=${queried(0)}&since=${queried(Date.now())}`, 400, 'since'],
  ])('asked for by %s is a %i that names the field', async (query, status, field) => {
    const { token } = await organisation()
    const answer = await ask('GET', `/stats/series?${query}`, { token })
    expect(answer.status).toBe(status)
    expect(answer.text).toContain(field)
  })
})

describe('attempts of an application by the hour', () => {
  const failed = { status: 'fail', responseStatus: 500 } as const

  async function history() {
    const appId = await scene.application()
    const quiet = await scene.endpoint(appId, { uid: 'quiet', channels: ['none'] })
    const endpoint = await scene.endpoint(appId)
    await scene.publish(appId)
    await settle(scene.api.storage, endpoint, { status: 'success', responseStatus: 200 })
    await scene.publish(appId)
    await settle(scene.api.storage, endpoint, failed)
    return { appId, endpoint, quiet }
  }

  test('are of the last 24 hours, with zeros where there was none', async () => {
    const { appId, endpoint } = await history()
    const { json } = await ask('GET', `/app/${appId}/stats/series`)
    expect([json.stepSeconds, json.data.length]).toEqual([3_600, 24])
    const { at, ...last } = json.data[23]
    expect(last).toEqual({ success: 1, failure: 1, canceled: 0 })
    expect(json.until).toBe(iso(Date.parse(at as string) + hourMs))
    for (const { at: _, ...hour } of json.data.slice(0, 23))
      expect(hour).toEqual({ success: 0, failure: 0, canceled: 0 })
    const one = (await ask('GET', `/app/${appId}/stats/series?endpoint_id=${endpoint.id}`)).json
    expect(one.data).toEqual(json.data)
  })

  test('are of one endpoint where it is named, by id or uid', async () => {
    const { appId } = await history()
    const { json } = await ask('GET', `/app/${appId}/stats/series?endpoint_id=quiet`)
    expect(json.data[23]).toMatchObject({ success: 0, failure: 0 })
    expect((await ask('GET', `/app/${appId}/stats/series?endpoint_id=nowhere`)).status).toBe(404)
    const elsewhere = await scene.endpoint(await scene.application())
    expect((await ask('GET', `/app/${appId}/stats/series?endpoint_id=${elsewhere.id}`)).status).toBe(404)
  })

  test('reach over 28 days and no further', async () => {
    const { appId } = await history()
    const of = (days: number) =>
      ask('GET', `/app/${appId}/stats/series?since=${queried(Date.now() - days * dayMs)}`)
    expect((await of(28)).json.data.length).toBeGreaterThanOrEqual(28 * 24)
    expect(await of(29)).toMatchObject({ status: 400, json: { code: 'invalid_range' } })
  })
})

describe('the endpoints with most failures', () => {
  test('are named with their application, those with most first', async () => {
    const { token } = await organisation()
    const { storage } = scene.api
    const made = async (name: string, uid: string | undefined, failures: number) => {
      const app = await ask('POST', '/app', { body: { name, uid }, token })
      const appId = app.json.id as string
      const body = { url: `https://${name}.example/`, description: `of ${name}` }
      const id = (await ask('POST', `/app/${appId}/endpoint`, { body, token })).json.id as string
      const publish = () => ask('POST', `/app/${appId}/msg`, { body: { eventType: 'a', payload: {} }, token })
      for (let n = 0; n < failures; n++) await publish()
      await settle(storage, { appId, id }, { status: 'fail', responseStatus: 500 })
      await publish()
      await settle(storage, { appId, id }, { status: 'success', responseStatus: 200 })
      return { appId, id }
    }
    await made('healthy', undefined, 0)
    const bad = await made('bad', undefined, 1)
    const worse = await made('worse', 'second', 2)
    await ask('PATCH', `/app/${bad.appId}/endpoint/${bad.id}`, { body: { disabled: true }, token })
    const { json } = await ask('GET', '/stats/endpoint/worst', { token })
    const base = { success: 1, failingSince: null }
    expect(json.data).toEqual([
      {
        ...base,
        appId: worse.appId,
        appName: 'worse',
        appUid: 'second',
        endpointId: worse.id,
        url: 'https://worse.example/',
        description: 'of worse',
        failure: 2,
        disabled: false,
        disabledReason: null,
      },
      {
        ...base,
        appId: bad.appId,
        appName: 'bad',
        appUid: null,
        endpointId: bad.id,
        url: 'https://bad.example/',
        description: 'of bad',
        failure: 1,
        disabled: true,
        disabledReason: 'operator',
      },
    ])
    const first = await ask('GET', '/stats/endpoint/worst?limit=1', { token })
    expect(first.json.data).toEqual(json.data.slice(0, 1))
    const other = await organisation()
    expect((await ask('GET', '/stats/endpoint/worst', { token: other.token })).json).toEqual({ data: [] })
  })

  test.each([
    ['limit=0', 422, 'limit'],
    ['limit=51', 422, 'limit'],
    [`since=${queried(Date.now() - 8 * dayMs)}`, 400, 'since'],
    [`since=${queried(Date.now() + hourMs)}`, 400, 'since'],
  ])('asked for by %s are a %i that names the field', async (query, status, field) => {
    const answer = await ask('GET', `/stats/endpoint/worst?${query}`)
    expect(answer.status).toBe(status)
    expect(answer.text).toContain(field)
  })

  test('are no portal’s business', async () => {
    const appId = await scene.application()
    const token = await signApplicationToken(
      scene.api.jwtKeys,
      {
        orgId: 'org_23rb8YdGqMT0qIzpgGwdXfHirMu',
        appId,
        expiresInSeconds: 600,
        capabilities: null,
        featureFlags: [],
        sessionId: null,
      },
      Date.now(),
    )
    expect((await ask('GET', '/stats/endpoint/worst', { token })).status).toBe(403)
    expect((await ask('GET', '/stats/series', { token })).status).toBe(403)
    expect((await ask('GET', `/app/${appId}/stats/series`, { token })).status).toBe(200)
  })
})
