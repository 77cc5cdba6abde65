import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { maxInterruptions, maxInterruptionsTogether } from '#core/delivery.ts'
import type { Application } from '#core/application.ts'
import type { Endpoint } from '#core/endpoint.ts'
import type { Storage } from '../storage.ts'
import {
  aFailure,
  aMessage,
  anOutcome,
  anyAttempt,
  claimedSeqs,
  keyOf,
  leasedSeqs,
  oneStore,
  type Open,
  published,
  recoverAll,
  storedApplication,
  storedEndpoint,
  t0,
} from './fixtures.ts'

type Step =
  | { readonly kind: 'publish'; readonly count: number; readonly isFull: boolean; readonly delayMs: number }
  | { readonly kind: 'claim'; readonly max: number }
  | { readonly kind: 'claim-suspect' }
  | { readonly kind: 'succeed' | 'give-up' | 'give-back'; readonly pick: number }
  | { readonly kind: 'fail'; readonly pick: number; readonly waitMs: number }
  | { readonly kind: 'cancel' }
  | { readonly kind: 'die' }
  | { readonly kind: 'pass'; readonly ms: number }

const pick = fc.nat(50)
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('publish' as const),
      count: fc.integer({ min: 1, max: 3 }),
      isFull: fc.boolean(),
      delayMs: fc.constantFrom(0, 0, 5),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('claim' as const), max: fc.integer({ min: 1, max: 3 }) }),
  },
  { weight: 2, arbitrary: fc.constant({ kind: 'claim-suspect' as const }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('succeed' as const), pick }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('give-up' as const), pick }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('give-back' as const), pick }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('fail' as const),
      pick,
      waitMs: fc.integer({ min: 0, max: 10 }),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: 'cancel' as const }) },
  { weight: 3, arbitrary: fc.constant({ kind: 'die' as const }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('pass' as const), ms: fc.integer({ min: 1, max: 10 }) }),
  },
)

/** What the store must hold of one message at the one endpoint. */
interface Expected {
  readonly seq: number
  readonly id: string
  state: 'pending' | 'leased' | 'ended'
  dueAt: number
  attemptCount: number
  interruptions: number
  records: number
}

interface World {
  readonly storage: Storage
  readonly application: Application
  readonly endpoint: Endpoint
  readonly deliveries: Expected[]
  now: number
}

const isSuspect = ({ interruptions }: Expected) => interruptions > maxInterruptionsTogether

const inState = (world: World, state: Expected['state']) =>
  world.deliveries.filter((each) => each.state === state)

const byDue = (a: Expected, b: Expected) => a.dueAt - b.dueAt || a.seq - b.seq

export function deliveryLifeConformance(open: Open): void {
  describe('a delivery', () => {
    const store = oneStore(open)

    test('is pending, leased, or ended with a record, whatever happens and in whatever order', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 25 }), async (steps) => {
          const storage = store()
          const application = await storedApplication(storage)
          const endpoint = await storedEndpoint(storage, application.id)
          const world: World = { storage, application, endpoint, deliveries: [], now: t0 }
          for (const each of steps) await take(each, world)
          await compare(world)
          expect(inState(world, 'ended').filter((each) => each.records === 0)).toEqual([])
          // Nothing of it may be in the way of the next run.
          await storage.recordOutcomes(
            inState(world, 'leased').map((each) => anOutcome(keyOf(each, endpoint))),
            world.now,
          )
          await storage.cancelDeliveries(application.id, endpoint.id, world.now + 1, world.now)
        }),
        { numRuns: 40 },
      )
    }, 60_000)
  })
}

async function take(action: Step, world: World): Promise<void> {
  switch (action.kind) {
    case 'pass':
      world.now += action.ms
      return
    case 'publish':
      return publish(world, action)
    case 'claim':
      return claim(world, action.max)
    case 'claim-suspect':
      return claimSuspect(world)
    case 'die':
      return die(world)
    case 'cancel':
      return cancel(world)
    default:
      return end(world, action)
  }
}

async function publish(world: World, action: Step & { readonly kind: 'publish' }): Promise<void> {
  const { storage, application, endpoint, now } = world
  const deliverAt = action.delayMs === 0 ? null : now + action.delayMs
  const messages = Array.from({ length: action.count }, () => aMessage({ createdAt: now, deliverAt }))
  const fullLanes = action.isFull ? 'all' : []
  for (const { id, seq, handed } of await published(storage, application, messages, { fullLanes, now })) {
    const state = handed.includes(endpoint.id) ? 'leased' : 'pending'
    const dueAt = deliverAt ?? now
    world.deliveries.push({ seq, id, state, dueAt, attemptCount: 0, interruptions: 0, records: 0 })
  }
}

async function claim(world: World, max: number): Promise<void> {
  const { storage, endpoint, now } = world
  const due = inState(world, 'pending').filter((each) => each.dueAt <= now && !isSuspect(each))
  const wanted = due.sort(byDue).slice(0, max)
  expect(await claimedSeqs(storage, endpoint, now, max)).toEqual(wanted.map(({ seq }) => seq))
  for (const each of wanted) each.state = 'leased'
}

async function claimSuspect(world: World): Promise<void> {
  const { storage, now } = world
  const due = inState(world, 'pending').filter((each) => each.dueAt <= now && isSuspect(each))
  const delivery = await storage.claimSuspect(now)
  const found = due.find(({ seq }) => seq === delivery?.messageSeq)
  expect(found?.dueAt).toBe(due.sort(byDue)[0]?.dueAt)
  if (found !== undefined) found.state = 'leased'
}

async function die(world: World): Promise<void> {
  await recoverAll(world.storage, world.now)
  for (const each of inState(world, 'leased')) {
    each.interruptions++
    each.records++
    each.state = each.interruptions >= maxInterruptions ? 'ended' : 'pending'
  }
}

async function cancel(world: World): Promise<void> {
  const { storage, application, endpoint, now } = world
  await storage.cancelDeliveries(application.id, endpoint.id, now + 1, now)
  for (const each of inState(world, 'pending')) {
    each.state = 'ended'
    each.records++
  }
}

async function end(
  world: World,
  action: Step & { readonly kind: 'succeed' | 'give-up' | 'give-back' | 'fail' },
): Promise<void> {
  const { storage, endpoint, now } = world
  const inHand = inState(world, 'leased')
  const chosen = inHand[action.pick % Math.max(1, inHand.length)]
  if (chosen === undefined) return
  const key = keyOf(chosen, endpoint)
  if (action.kind === 'give-back') {
    await storage.giveBack([key])
    chosen.state = 'pending'
    return
  }
  chosen.records++
  if (action.kind === 'fail') {
    const next = { dueAt: now + action.waitMs, attemptCount: chosen.attemptCount + 1 }
    await storage.recordOutcomes([aFailure(key, next)], now)
    Object.assign(chosen, { ...next, state: 'pending', interruptions: 0 })
    return
  }
  const outcome = action.kind === 'succeed' ? anOutcome(key) : aFailure(key, null)
  await storage.recordOutcomes([outcome], now)
  chosen.state = 'ended'
}

/** The store holds what it must, and nothing else. */
async function compare(world: World): Promise<void> {
  const { storage, endpoint } = world
  const { appId, id } = endpoint
  const leased = inState(world, 'leased')
  const pending = inState(world, 'pending')
  expect(await leasedSeqs(storage, endpoint)).toEqual(leased.map(({ seq }) => seq))
  expect(await storage.endpointStats(appId, id, t0, t0 + 1)).toMatchObject({
    pending: pending.length,
    sending: leased.length,
  })
  const records = world.deliveries.reduce((sum, each) => sum + each.records, 0)
  expect(await storage.countAttempts(appId, id, anyAttempt)).toBe(records)

  const shown = ({
    dueAt,
    attemptCount,
    interruptions,
  }: Omit<Expected, 'seq' | 'id' | 'state' | 'records'>) => ({
    dueAt,
    attemptCount,
    interruptions,
  })
  const request = { appId, endpointId: id, max: 1_000 }
  const { deliveries } = await storage.claimDeliveries([request], world.now + 1_000)
  const claimable = pending.filter((each) => !isSuspect(each)).sort(byDue)
  expect(deliveries.map((each) => ({ seq: each.messageSeq, id: each.message.id, ...shown(each) }))).toEqual(
    claimable.map((each) => ({ seq: each.seq, id: each.id, ...shown(each) })),
  )
  await storage.giveBack(deliveries)
}
