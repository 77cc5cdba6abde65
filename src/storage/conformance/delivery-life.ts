import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { maxInterruptions, maxInterruptionsTogether } from '#core/delivery.ts'
import type { Endpoint } from '#core/endpoint.ts'
import {
  aFailure,
  aMessage,
  anOutcome,
  anyAttempt,
  keyOf,
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
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('pass' as const), ms: fc.integer({ min: 1, max: 10 }) }) },
)

/** What the store must hold of one message at the one endpoint. */
interface Expected {
  readonly id: string
  state: 'pending' | 'leased' | 'ended'
  dueAt: number
  attemptCount: number
  interruptions: number
  records: number
}

export function deliveryLifeConformance(open: Open): void {
  describe('a delivery', () => {
    const store = oneStore(open)

    test('is pending, leased, or ended with a record, whatever happens and in whatever order', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 25 }), async (steps) => {
          const application = await storedApplication(store())
          const endpoint = await storedEndpoint(store(), application.id)
          const expected = new Map<number, Expected>()
          let now = t0
          for (const each of steps) now = await take(each, endpoint, expected, now)
          await compare(endpoint, expected)
        }),
        { numRuns: 40 },
      )
    }, 60_000)

    const leased = (expected: ReadonlyMap<number, Expected>) =>
      [...expected].filter(([, { state }]) => state === 'leased')

    async function take(
      action: Step,
      endpoint: Endpoint,
      expected: Map<number, Expected>,
      now: number,
    ): Promise<number> {
      const application = { orgId: '', id: endpoint.appId }
      if (action.kind === 'pass') return now + action.ms
      if (action.kind === 'publish') {
        const deliverAt = action.delayMs === 0 ? null : now + action.delayMs
        const messages = Array.from({ length: action.count }, () => aMessage({ createdAt: now, deliverAt }))
        const orgId = await orgOf(endpoint.appId)
        const results = await published(
          store(),
          { ...application, orgId } as Parameters<typeof published>[1],
          messages,
          { fullLanes: action.isFull ? 'all' : [], now },
        )
        for (const { id, seq, handed } of results) {
          expected.set(seq, {
            id,
            state: handed.includes(endpoint.id) ? 'leased' : 'pending',
            dueAt: deliverAt ?? now,
            attemptCount: 0,
            interruptions: 0,
            records: 0,
          })
        }
        return now
      }
      if (action.kind === 'claim') {
        const isDue = ({ state, dueAt, interruptions }: Expected) =>
          state === 'pending' && dueAt <= now && interruptions <= maxInterruptionsTogether
        const due = [...expected].filter(([, each]) => isDue(each))
        due.sort(([seqA, a], [seqB, b]) => a.dueAt - b.dueAt || seqA - seqB)
        const wanted = due.slice(0, action.max)
        const request = { appId: endpoint.appId, endpointId: endpoint.id, max: action.max }
        const { deliveries } = await store().claimDeliveries([request], now)
        expect(deliveries.map(({ messageSeq }) => messageSeq)).toEqual(wanted.map(([seq]) => seq))
        for (const [, each] of wanted) each.state = 'leased'
        return now
      }
      if (action.kind === 'claim-suspect') {
        const delivery = await store().claimSuspect(now)
        const suspects = [...expected].filter(
          ([, each]) =>
            each.state === 'pending' && each.interruptions > maxInterruptionsTogether && each.dueAt <= now,
        )
        if (delivery?.endpointId === endpoint.id) {
          const found = suspects.find(([seq]) => seq === delivery.messageSeq)?.[1]
          if (found === undefined) throw new Error('what was claimed is no suspect')
          found.state = 'leased'
        } else if (delivery === null) expect(suspects).toEqual([])
        return now
      }
      if (action.kind === 'die') {
        await recoverAll(store(), now)
        for (const [, each] of leased(expected)) {
          each.interruptions++
          each.records++
          each.state = each.interruptions >= maxInterruptions ? 'ended' : 'pending'
        }
        return now
      }
      if (action.kind === 'cancel') {
        await store().cancelDeliveries(endpoint.appId, endpoint.id, now + 1, now)
        for (const each of expected.values()) {
          if (each.state !== 'pending') continue
          each.state = 'ended'
          each.records++
        }
        return now
      }
      const inHand = leased(expected)
      const chosen = inHand[action.pick % Math.max(1, inHand.length)]
      if (chosen === undefined) return now
      const [seq, each] = chosen
      const key = keyOf({ seq }, endpoint)
      if (action.kind === 'give-back') {
        await store().giveBack([key])
        each.state = 'pending'
        return now
      }
      each.records++
      if (action.kind === 'fail') {
        const next = { dueAt: now + action.waitMs, attemptCount: each.attemptCount + 1 }
        await store().recordOutcomes([aFailure(key, next)], now)
        Object.assign(each, { ...next, state: 'pending', interruptions: 0 })
      } else {
        await store().recordOutcomes([action.kind === 'succeed' ? anOutcome(key) : aFailure(key, null)], now)
        each.state = 'ended'
      }
      return now
    }

    const orgs = new Map<string, string>()
    async function orgOf(appId: string): Promise<string> {
      const known = orgs.get(appId)
      if (known === undefined) throw new Error(`no organisation of ${appId}`)
      return known
    }

    async function compare(endpoint: Endpoint, expected: ReadonlyMap<number, Expected>): Promise<void> {
      const keys = (await store().leasedKeys()).filter(({ endpointId }) => endpointId === endpoint.id)
      expect(keys.map(({ messageSeq }) => messageSeq).sort((a, b) => a - b)).toEqual(
        leased(expected).map(([seq]) => seq),
      )
      const { appId, id } = endpoint
      const { pending, sending } = await store().endpointStats(appId, id, t0, t0 + 1)
      const pendingOnes = [...expected.values()].filter(({ state }) => state === 'pending')
      expect({ pending, sending }).toEqual({ pending: pendingOnes.length, sending: keys.length })
      const records = [...expected.values()].reduce((sum, each) => sum + each.records, 0)
      expect(await store().countAttempts(appId, id, anyAttempt)).toBe(records)
      const ended = [...expected.values()].filter(({ state }) => state === 'ended')
      expect(ended.every((each) => each.records > 0)).toBe(true)
      const never = { appId, endpointId: id, max: 1_000 }
      const { deliveries } = await store().claimDeliveries([never], t0 + 1_000_000)
      const claimable = pendingOnes.filter(({ interruptions }) => interruptions <= maxInterruptionsTogether)
      const shown = (each: Pick<Expected, 'dueAt' | 'attemptCount' | 'interruptions'> & { id: string }) => ({
        id: each.id,
        dueAt: each.dueAt,
        attemptCount: each.attemptCount,
        interruptions: each.interruptions,
      })
      expect(deliveries.map((each) => shown({ ...each, id: each.message.id }))).toEqual(
        expect.arrayContaining(claimable.map(shown)),
      )
      expect(deliveries).toHaveLength(claimable.length)
    }
  })
}
