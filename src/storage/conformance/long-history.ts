import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Application } from '#core/application.ts'
import { newId } from '#core/ids.ts'
import type { Listed, MessageFilter, Page } from '../storage.ts'
import {
  aMessage,
  anyMessage,
  aPage,
  entriesOf,
  oneStore,
  type Open,
  published,
  storedApplication,
  t0,
} from './fixtures.ts'

const lookedAt = 5
const minuteMs = 60_000

type Kind = Parameters<typeof aMessage>[0] & { readonly createdAt: number }

const kinds = fc.array(
  fc.record({
    eventType: fc.constantFrom('often', 'often', 'often', 'seldom'),
    channels: fc.constantFrom(null, ['eu'], ['eu', 'us']),
    tags: fc.constantFrom(null, ['t']),
    /** Since the message before. */
    laterMs: fc.constantFrom(0, 4, 5_000, 40_000, 10 * minuteMs),
    /** Of the clock of the node that took it. */
    aheadMs: fc.constantFrom(-20_000, 0, 0, 20_000),
  }),
  { maxLength: 40 },
)

const filters = fc.record({
  eventTypes: fc.constantFrom(null, ['seldom'], ['often', 'seldom'], ['never'], []),
  channel: fc.constantFrom(null, 'us', 'nowhere'),
  tag: fc.constantFrom(null, null, 't'),
  before: fc.option(fc.nat(40)),
  after: fc.option(fc.nat(40)),
})

const oneOfAMillion: MessageFilter = { ...anyMessage, eventTypes: ['seldom'] }

function takes({ eventTypes, channel, tag, before, after }: MessageFilter, message: Kind): boolean {
  return (
    (eventTypes === null || eventTypes.includes(message.eventType ?? '')) &&
    (channel === null || message.channels?.includes(channel) === true) &&
    (tag === null || message.tags?.includes(tag) === true) &&
    (before === null || message.createdAt < before) &&
    (after === null || message.createdAt > after)
  )
}

/** Lists over a history that is longer than what one page looks at. */
export function longHistoryConformance(open: Open): void {
  describe('messages of a long history', () => {
    const store = oneStore(open, lookedAt)

    async function stored(application: Application, messages: readonly Kind[]): Promise<readonly string[]> {
      const made = messages.map((each) => aMessage({ ...each, id: newId('msg_', each.createdAt) }))
      return made.length === 0 ? [] : (await published(store(), application, made)).map(({ id }) => id)
    }

    /** `ids` of `often` messages, a second apart, but for those at the places given. */
    async function history(application: Application, count: number, seldomAt: readonly number[]) {
      return await stored(
        application,
        Array.from({ length: count }, (_, at) => ({
          eventType: seldomAt.includes(at) ? 'seldom' : 'often',
          createdAt: t0 + at * 1_000,
        })),
      )
    }

    async function pageOf(appId: string, page: Page, filter: MessageFilter) {
      const listed = await store().listMessages(appId, page, filter, false)
      if (listed.kind !== 'listed') throw new Error(`the list answers ${listed.kind}`)
      return listed
    }

    /** All pages, as whoever reads on until it is done sees them. */
    async function pagesOf(appId: string, page: Page, filter: MessageFilter) {
      const pages: Extract<Listed<{ readonly id: string }>, { readonly kind: 'listed' }>[] = []
      let { after } = page
      for (;;) {
        const listed = await pageOf(appId, { ...page, after }, filter)
        pages.push(listed)
        if (listed.done) return pages
        const end = page.backwards ? listed.entries[0] : listed.entries.at(-1)
        const next: string | null = listed.reached ?? end?.id ?? null
        // A page that promises more has looked at some.
        expect(next).not.toBe(after)
        after = next
      }
    }

    async function readOn(appId: string, page: Page, filter: MessageFilter): Promise<readonly string[]> {
      const pages = (await pagesOf(appId, page, filter)).map(({ entries }) => entries.map(({ id }) => id))
      return (page.backwards ? pages.toReversed() : pages).flat()
    }

    test('that match seldom are found by reading on, a bounded part at a time', async () => {
      const application = await storedApplication(store())
      const ids = await history(application, 23, [1])
      const page = aPage({ order: 'descending', limit: 3 })
      const first = await pageOf(application.id, page, oneOfAMillion)
      expect(first).toEqual({ kind: 'listed', entries: [], done: false, reached: ids[23 - lookedAt] })
      const pages = await pagesOf(application.id, page, oneOfAMillion)
      expect(pages.map(({ entries }) => entries.length)).toEqual([0, 0, 0, 0, 1])
      expect(pages.at(-1)).toMatchObject({ done: true, entries: [{ id: ids[1] }] })
    })

    test('fill a page from what was looked at, and no message that did not match ends it', async () => {
      const application = await storedApplication(store())
      const ids = await history(application, 12, [11, 10, 9, 8])
      const page = aPage({ order: 'descending', limit: 3 })
      const first = await pageOf(application.id, page, oneOfAMillion)
      expect(first).toMatchObject({
        done: false,
        entries: [{ id: ids[11] }, { id: ids[10] }, { id: ids[9] }],
      })
      expect(first.reached).toBeUndefined()
    })

    test('are as many as the page takes where nothing filters them', async () => {
      const application = await storedApplication(store())
      const ids = await history(application, 12, [])
      const listed = await pageOf(application.id, aPage(), anyMessage)
      expect(entriesOf(listed).map(({ id }) => id)).toEqual(ids)
      expect(listed.done).toBe(true)
    })

    test('that lie far back are reached at once by when they were published', async () => {
      const application = await storedApplication(store())
      const ids = await history(application, 600, [])
      const before = t0 + 20 * 1_000
      const newestFirst = aPage({ order: 'descending' })
      const filter = { ...anyMessage, before }
      // The clocks of nodes may differ by a minute.
      expect((await pageOf(application.id, newestFirst, filter)).reached).toBe(ids[20 + 60])
      expect(await readOn(application.id, newestFirst, filter)).toEqual(ids.slice(0, 20).toReversed())
      const long = { ...anyMessage, before: t0 - 10 * minuteMs }
      expect(await pagesOf(application.id, newestFirst, long)).toHaveLength(2)
    })

    test('end where they are older than what is asked for', async () => {
      const application = await storedApplication(store())
      const ids = await history(application, 600, [])
      const filter = { ...anyMessage, after: t0 + 590 * 1_000 }
      const pages = await pagesOf(application.id, aPage({ order: 'descending' }), filter)
      expect(pages.flatMap(({ entries }) => entries.map(({ id }) => id))).toEqual(ids.slice(591).toReversed())
      expect(pages.length).toBeLessThanOrEqual(2 + 80 / lookedAt)
      const first = await pageOf(application.id, aPage(), filter)
      expect(first.reached).toBe(ids[590 - 60 - 1])
    })

    test('are found once each and in order, whatever is asked for', async () => {
      await fc.assert(
        fc.asyncProperty(
          kinds,
          filters,
          fc.integer({ min: 1, max: 8 }),
          fc.constantFrom('ascending' as const, 'descending' as const),
          fc.boolean(),
          fc.option(fc.nat(39)),
          async (made, chosen, limit, order, backwards, start) => {
            const application = await storedApplication(store())
            // Somebody else's lie between.
            const other = await storedApplication(store())
            let at = t0
            const messages = made.map(({ laterMs, aheadMs, ...kind }) => {
              at += laterMs
              return { ...kind, createdAt: at + aheadMs }
            })
            const half = Math.floor(messages.length / 2)
            const ids = [...(await stored(application, messages.slice(0, half)))]
            await history(other, lookedAt, [0])
            ids.push(...(await stored(application, messages.slice(half))))
            const instant = (index: number | null) =>
              index === null ? null : (messages[index]?.createdAt ?? t0)
            const filter = { ...chosen, before: instant(chosen.before), after: instant(chosen.after) }
            const matching = ids.filter((_, index) => takes(filter, messages[index] as Kind))
            const inOrder = order === 'ascending' ? ids : ids.toReversed()
            const after = start === null ? null : (inOrder[start] ?? null)
            const from = after === null ? null : inOrder.indexOf(after)
            const isWanted = (id: string): boolean => {
              if (!matching.includes(id)) return false
              if (from === null) return true
              return backwards ? inOrder.indexOf(id) < from : inOrder.indexOf(id) > from
            }
            const found = await readOn(application.id, { limit, order, backwards, after }, filter)
            expect(found).toEqual(inOrder.filter(isWanted))
          },
        ),
        { numRuns: 60 },
      )
    })
  })
}
