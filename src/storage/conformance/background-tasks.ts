import { describe, expect, test } from 'vitest'
import type { BackgroundTask, ReplayFilter } from '#core/background-task.ts'
import type { Endpoint } from '#core/endpoint.ts'
import { newId } from '#core/ids.ts'
import {
  aClaim,
  aFailure,
  aMessage,
  anEndpoint,
  anOrg,
  anOutcome,
  aPage,
  claimedSeqs,
  entriesOf,
  hourMs,
  keyOf,
  noticed,
  oneStore,
  type Open,
  published,
  publishedOne,
  storedApplication,
  storedEndpoint,
  t0,
} from './fixtures.ts'

const wholeTime: ReplayFilter = {
  since: 0,
  until: t0 + hourMs,
  eventTypes: null,
  channel: null,
  tag: null,
  status: null,
  statusClass: null,
}

type Replay = BackgroundTask['input'] & { readonly kind: 'endpoint.replay' }

function aTask(over: Partial<BackgroundTask> = {}): Omit<BackgroundTask, 'seq'> {
  return {
    orgId: anOrg(),
    appId: null,
    id: newId('qtask_', t0),
    input: { kind: 'application.stats', appIds: ['app_1'], since: t0, until: t0 + 1 },
    status: 'running',
    data: {},
    cursor: 0,
    createdAt: t0,
    updatedAt: t0,
    ...over,
  }
}

export function taskConformance(open: Open): void {
  describe('background tasks', () => {
    const store = oneStore(open)

    test('come back as they were stored, in their own organisation only', async () => {
      const input: Replay = {
        kind: 'endpoint.replay',
        endpointId: 'ep_1',
        filter: { ...wholeTime, eventTypes: ['a'], status: 'fail', statusClass: 500 },
      }
      const task = aTask({ appId: 'app_1', input, data: { replayed: 3, note: 'é' }, cursor: 12 })
      expect(await store().insertTask(task, null)).toEqual({ kind: 'stored' })
      expect(await store().findTask(task.orgId, task.id)).toMatchObject(task)
      expect(await store().findTask(anOrg(), task.id)).toBeNull()
    })

    test('are begun once under one idempotency key', async () => {
      const task = aTask()
      const claim = aClaim({ subject: task.id })
      await store().insertTask(task, claim)
      expect(await store().insertTask(aTask(), claim)).toEqual({ kind: 'repeated', subject: task.id })
      expect(await store().insertTask(aTask(), { ...claim, requestHash: 'other' })).toEqual({
        kind: 'key-reused',
      })
    })

    test('run until they are finished', async () => {
      const task = aTask()
      await store().insertTask(task, null)
      const isRunning = async () => (await store().runningTasks()).some(({ id }) => id === task.id)
      expect(await isRunning()).toBe(true)
      await store().finishTask(task.id, 'finished', { counted: 2 }, t0 + 9)
      expect(await isRunning()).toBe(false)
      expect(await store().findTask(task.orgId, task.id)).toMatchObject({
        ...task,
        status: 'finished',
        data: { counted: 2 },
        updatedAt: t0 + 9,
      })
    })

    test('are listed by status and kind', async () => {
      const orgId = anOrg()
      const input: Replay = { kind: 'endpoint.replay', endpointId: 'ep_1', filter: wholeTime }
      const stats = aTask({ orgId, status: 'finished' })
      const failed = aTask({ orgId, status: 'failed', input })
      const running = aTask({ orgId, input })
      for (const task of [stats, failed, running]) await store().insertTask(task, null)
      const ids = async (filter: Partial<Parameters<ReturnType<typeof store>['listTasks']>[2]>) =>
        entriesOf(await store().listTasks(orgId, aPage(), { status: null, kind: null, ...filter })).map(
          ({ id }) => id,
        )
      expect(await ids({})).toEqual([stats.id, failed.id, running.id])
      expect(await ids({ status: 'failed' })).toEqual([failed.id])
      expect(await ids({ kind: 'endpoint.replay' })).toEqual([failed.id, running.id])
      expect(await ids({ kind: 'application.stats', status: 'running' })).toEqual([])
    })
  })

  describe('a replay', () => {
    const store = oneStore(open)

    async function begun(endpoint: Endpoint) {
      const input: Replay = { kind: 'endpoint.replay', endpointId: endpoint.id, filter: wholeTime }
      const task = aTask({ appId: endpoint.appId, input })
      await store().insertTask(task, null)
      return task
    }

    const slice = (
      task: { readonly id: string },
      { appId, id }: Endpoint,
      mode: 'failed' | 'missing' | 'any',
      filter: Partial<ReplayFilter> = {},
      now = t0 + hourMs,
    ) => store().replaySlice(task.id, appId, id, { ...wholeTime, ...filter }, mode, now)

    /** The messages that the whole replay makes deliveries for. */
    async function replayed(
      endpoint: Endpoint,
      mode: 'failed' | 'missing' | 'any',
      filter: Partial<ReplayFilter> = {},
    ): Promise<readonly number[]> {
      const task = await begun(endpoint)
      for (let done = false; !done;) done = (await slice(task, endpoint, mode, filter)).done
      const seqs = await claimedSeqs(store(), endpoint, t0 + hourMs)
      const keys = seqs.map((seq) => keyOf({ seq }, endpoint))
      await store().recordOutcomes(
        keys.map((key) => aFailure(key, null)),
        t0 + hourMs,
      )
      return [...seqs].sort((a, b) => a - b)
    }

    /** Messages that ended in each way at the endpoint, and one that never went there. */
    async function endings() {
      const application = await storedApplication(store())
      const endpoint = await storedEndpoint(store(), application.id)
      const [success, failed, interrupted, canceled, inHand, waiting] = await published(
        store(),
        application,
        Array.from({ length: 6 }, () => aMessage()),
      )
      if (
        success === undefined ||
        failed === undefined ||
        interrupted === undefined ||
        canceled === undefined ||
        inHand === undefined ||
        waiting === undefined
      )
        throw new Error('no message')
      await store().recordOutcomes(
        [
          anOutcome(keyOf(success, endpoint)),
          aFailure(keyOf(failed, endpoint), null, { responseStatus: 404 }),
          anOutcome(keyOf(interrupted, endpoint), { attempt: { status: 'interrupted', responseStatus: 0 } }),
          anOutcome(keyOf(canceled, endpoint), { attempt: { status: 'canceled', responseStatus: 0 } }),
          aFailure(keyOf(waiting, endpoint), { dueAt: t0 + 9 * hourMs, attemptCount: 1 }),
        ],
        t0,
      )
      // Published while the endpoint was disabled.
      const keep = { resetHealth: false, claim: null }
      await store().replaceEndpoint({ ...endpoint, disabledReason: 'operator', version: 2 }, keep)
      const missing = await publishedOne(store(), application)
      await store().replaceEndpoint({ ...endpoint, version: 3 }, keep)
      await publishedOne(store(), application, {}, { onlyEndpointId: anEndpoint(application.id).id })
      return { application, endpoint, success, failed, interrupted, canceled, inHand, waiting, missing }
    }

    test('of what failed takes messages whose last attempt failed and that have nothing unfinished', async () => {
      const { endpoint, failed, interrupted } = await endings()
      expect(await replayed(endpoint, 'failed')).toEqual([failed.seq, interrupted.seq])
    })

    test('of what is missing takes messages that never went to the endpoint and that it subscribes to', async () => {
      const { application, endpoint, missing } = await endings()
      const keep = { resetHealth: false, claim: null }
      await store().replaceEndpoint({ ...endpoint, eventTypes: ['order.paid'], version: 4 }, keep)
      await publishedOne(store(), application, { eventType: 'other' })
      expect(await replayed(endpoint, 'missing')).toEqual([missing.seq])
    })

    test('of anything takes every message without an unfinished delivery', async () => {
      const { endpoint, success, failed, interrupted, canceled, missing } = await endings()
      expect(await replayed(endpoint, 'any')).toEqual(
        [success, failed, interrupted, canceled, missing].map(({ seq }) => seq),
      )
    })

    test('of anything may be narrowed by how the last attempt ended', async () => {
      const byStatus = async (
        filter: Partial<ReplayFilter>,
        wanted: (made: Awaited<ReturnType<typeof endings>>) => readonly { seq: number }[],
      ) => {
        const made = await endings()
        const seqs = wanted(made).map(({ seq }) => seq)
        expect(await replayed(made.endpoint, 'any', filter)).toEqual(seqs)
      }
      await byStatus({ status: 'success' }, ({ success }) => [success])
      await byStatus({ status: 'fail' }, ({ failed, interrupted }) => [failed, interrupted])
      await byStatus({ status: 'canceled' }, ({ canceled }) => [canceled])
      await byStatus({ statusClass: 400 }, ({ failed }) => [failed])
      await byStatus({ statusClass: 0 }, ({ interrupted, canceled }) => [interrupted, canceled])
    })

    test('takes messages of the period, event types, channel and tag', async () => {
      const application = await storedApplication(store())
      const messages = await published(store(), application, [
        aMessage({ createdAt: t0, eventType: 'a', channels: ['eu'] }),
        aMessage({ createdAt: t0 + 10, eventType: 'b', tags: ['t'] }),
        aMessage({ createdAt: t0 + 20, eventType: 'c' }),
      ])
      const [a, b, c] = messages.map(({ seq }) => seq)
      const taken = async (filter: Partial<ReplayFilter>) =>
        replayed(await storedEndpoint(store(), application.id), 'missing', filter)
      expect(await taken({})).toEqual([a, b, c])
      expect(await taken({ since: t0 + 10 })).toEqual([b, c])
      expect(await taken({ until: t0 + 10 })).toEqual([a, b])
      expect(await taken({ eventTypes: ['a', 'c'] })).toEqual([a, c])
      expect(await taken({ channel: 'eu' })).toEqual([a])
      expect(await taken({ tag: 't' })).toEqual([b])
    })

    test('skips messages without content, and those with a manual delivery that waits', async () => {
      const { application, endpoint, failed, interrupted, missing } = await endings()
      await store().expungeMessage(application.id, failed.seq)
      await store().expungeMessage(application.id, missing.seq)
      await store().insertManualDelivery(keyOf(interrupted, endpoint, 'manual'), t0 + 9 * hourMs, null)
      expect(await replayed(endpoint, 'failed')).toEqual([])
      expect(await replayed(endpoint, 'missing')).toEqual([])
    })

    test('makes fresh deliveries, due now but never before their message may go out', async () => {
      const application = await storedApplication(store())
      const now = t0 + 7
      const deliverAt = t0 + 2 * hourMs
      await published(store(), application, [aMessage(), aMessage({ deliverAt })])
      const endpoint = await storedEndpoint(store(), application.id)
      const notice = noticed(
        store(),
        (each) => each.kind === 'deliveries-due' && each.endpointId === endpoint.id,
      )
      expect(await slice(await begun(endpoint), endpoint, 'missing', {}, now)).toEqual({
        replayed: 2,
        done: true,
      })
      expect(await notice).toMatchObject({ appId: application.id, dueAt: now })
      const request = { appId: application.id, endpointId: endpoint.id, max: 5 }
      const { deliveries, nextDueAts } = await store().claimDeliveries([request], now)
      expect(deliveries).toMatchObject([
        { trigger: 'scheduled', attemptCount: 0, dueAt: now, interruptions: 0 },
      ])
      expect(nextDueAts).toEqual([deliverAt])
    })

    test('goes on in slices from where it was, and counts what it made', async () => {
      const application = await storedApplication(store())
      await published(
        store(),
        application,
        Array.from({ length: 450 }, () => aMessage()),
      )
      const endpoint = await storedEndpoint(store(), application.id)
      const task = await begun(endpoint)
      const counts = []
      for (let done = false; !done;) {
        const made = await slice(task, endpoint, 'missing')
        counts.push(made.replayed)
        done = made.done
        const replayedSoFar = counts.reduce((sum, count) => sum + count, 0)
        expect((await store().findTask(task.orgId, task.id))?.data).toEqual({ replayed: replayedSoFar })
      }
      expect(counts.filter((count) => count > 0)).toEqual([200, 200, 50])
      expect(await claimedSeqs(store(), endpoint, t0 + hourMs)).toHaveLength(450)
    })

    test('passes a long history in slices too', async () => {
      const application = await storedApplication(store())
      await published(
        store(),
        application,
        Array.from({ length: 5_001 }, () => aMessage()),
      )
      const { seq } = await publishedOne(store(), application, { eventType: 'wanted' })
      const endpoint = await storedEndpoint(store(), application.id)
      const task = await begun(endpoint)
      const wanted = { eventTypes: ['wanted'] }
      expect(await slice(task, endpoint, 'missing', wanted)).toEqual({ replayed: 0, done: false })
      expect(await slice(task, endpoint, 'missing', wanted)).toEqual({ replayed: 1, done: true })
      expect(await claimedSeqs(store(), endpoint, t0 + hourMs)).toEqual([seq])
    })

    test('is done at once when its endpoint is gone, or the task no longer runs', async () => {
      const application = await storedApplication(store())
      await publishedOne(store(), application)
      const endpoint = await storedEndpoint(store(), application.id)
      const ended = await begun(endpoint)
      await store().finishTask(ended.id, 'failed', {}, t0)
      expect(await slice(ended, endpoint, 'missing')).toEqual({ replayed: 0, done: true })
      const task = await begun(endpoint)
      await store().deleteEndpoint(application.id, endpoint.id, t0)
      expect(await slice(task, endpoint, 'missing')).toEqual({ replayed: 0, done: true })
    })
  })
}
