import { matches, type Routing } from '#core/filter.ts'
import type { Message } from '#core/message.ts'
import type { Listed, MessageFilter, Page } from '../storage.ts'
import type { Database } from './database.ts'
import {
  idBounds,
  idsBeside,
  isSelective,
  listed,
  maxLookedAt,
  type Range,
  rangeBehind,
  startOf,
  upTo,
  type Walk,
  walkOf,
  within,
} from '../paging.ts'
import { messageOf, readStrings, writeStrings } from '../rows.ts'

/** All columns but the payload, which a list often does without. */
const head = `m.app_id, m.seq, m.id, m.event_type, m.event_id, m.channels, m.tags, m.content_type, m.received, m.created_at,
  m.deliver_at, m.payload_expires_at`

/** Conditions on a message `m` of `:appId`, by the parameters that `messageFilterArgs` gives under their names. */
function filterOf(instant: string): string {
  return `exists (select 1 from application where id = :appId and deleted_at is null)
  and (:channel is null or exists (select 1 from json_each(m.channels) where value = :channel))
  and (:tag is null or exists (select 1 from json_each(m.tags) where value = :tag))
  and (:eventTypes is null or m.event_type in (select value from json_each(:eventTypes)))
  and (:before is null or ${instant} < :before) and (:after is null or ${instant} > :after)`
}

const messageFilter = filterOf('m.created_at')
/** The same of an attempt `t` of the message, bounded by when it was made. */
export const attemptedFilter = filterOf('t.started_at')

export function messageFilterArgs({ channel, tag, eventTypes, before, after }: MessageFilter) {
  return { channel, tag, eventTypes: writeStrings(eventTypes), before, after }
}

export function messageColumns(withPayload: boolean): string {
  return withPayload ? `${head}, m.payload` : head
}

const living = 'exists (select 1 from application where id = ?1 and deleted_at is null)'

export function messageReads(db: Database, lookedAt = maxLookedAt) {
  const byId = (withPayload: boolean) =>
    db.prepare(
      `select ${messageColumns(withPayload)} from message m where m.app_id = ?1 and m.id = ?2 and ${living}`,
    )
  const byEventId = (withPayload: boolean) =>
    db.prepare(
      `select ${messageColumns(withPayload)} from event_id i join message m on m.seq = i.message_seq and m.event_id = i.event_id
       where i.app_id = ?1 and i.event_id = ?2 and m.app_id = ?1 and ${living}`,
    )
  const statements = { whole: [byId(true), byEventId(true)], head: [byId(false), byEventId(false)] } as const
  const seqOf = db.prepare('select seq from message where app_id = ? and id = ?')
  const page = (direction: Walk['direction'], withPayload: boolean) =>
    db.prepare(
      `select ${messageColumns(withPayload)} from message m
       where m.app_id = :appId and m.seq between :least and :most and ${messageFilter}
       order by m.seq ${direction} limit :limit`,
    )
  const pages = {
    asc: { whole: page('asc', true), head: page('asc', false) },
    desc: { whole: page('desc', true), head: page('desc', false) },
  }
  // By an index alone: no message is read but the one that it gives.
  const edge = (direction: Walk['direction']) =>
    db.prepare(
      `select m.seq, m.id from message m
       where m.app_id = :appId and m.seq between :least and :most
         and exists (select 1 from application where id = :appId and deleted_at is null)
       order by m.seq ${direction} limit 1 offset ${lookedAt - 1}`,
    )
  const edges = { asc: edge('asc'), desc: edge('desc') }
  const leastSeq = db.prepare(
    `select min(seq) as seq from (
       select seq from message where app_id = ? and id < ? order by id desc limit ${idsBeside(lookedAt)})`,
  )
  const mostSeq = db.prepare(
    `select max(seq) as seq from (
       select seq from message where app_id = ? and id >= ? order by id limit ${idsBeside(lookedAt)})`,
  )
  /** Where the filter's bounds of creation lie. */
  function boundsOf(appId: string, filter: MessageFilter): { least: number | null; most: number | null } {
    const { first, end } = idBounds(filter)
    return {
      least: first === null ? null : (leastSeq.get(appId, first)?.seq as number | null),
      most: end === null ? null : (mostSeq.get(appId, end)?.seq as number | null),
    }
  }
  /** As many numbers as one page looks at, and the last of them where more follow. */
  function lookedThrough(appId: string, walk: Walk, range: Range): { range: Range; reached: string | null } {
    const row = edges[walk.direction].get({ appId, least: range.least, most: range.most })
    if (row === undefined) return { range, reached: null }
    return { range: upTo(walk, range, row.seq as number), reached: row.id as string }
  }
  const subscriptions = db.prepare(
    `select event_types, channels from endpoint
     where app_id = ?1 and deleted_at is null and disabled_reason is null and ${living}`,
  )
  const part = (withPayload: boolean) => (withPayload ? 'whole' : 'head')
  return {
    findMessage(appId: string, ref: string, withPayload: boolean): Message | null {
      for (const statement of statements[part(withPayload)]) {
        const row = statement.get(appId, ref)
        if (row !== undefined) return messageOf(row)
      }
      return null
    },
    findMessages(appId: string, ids: readonly string[]): readonly Message[] {
      return ids.flatMap((id) => {
        const row = statements.whole[0].get(appId, id)
        return row === undefined ? [] : [messageOf(row)]
      })
    },
    listMessages(appId: string, asked: Page, filter: MessageFilter, withPayload: boolean): Listed<Message> {
      const walk = walkOf(asked)
      const after = asked.after === null ? { seq: startOf(walk) } : seqOf.get(appId, asked.after)
      if (after === undefined) return { kind: 'bad-iterator' }
      const whole = within(rangeBehind(walk, after.seq as number), boundsOf(appId, filter))
      const { range, reached } = isSelective(filter)
        ? lookedThrough(appId, walk, whole)
        : { range: whole, reached: null }
      const args = { appId, ...range, limit: walk.limit, ...messageFilterArgs(filter) }
      return listed(pages[walk.direction][part(withPayload)].all(args).map(messageOf), asked, reached)
    },
    hasTaker(appId: string, routing: Routing): boolean {
      for (const row of subscriptions.iterate(appId)) {
        const subscription = {
          eventTypes: readStrings(row.event_types as string | null),
          channels: readStrings(row.channels as string | null),
        }
        if (matches(subscription, routing)) return true
      }
      return false
    },
  }
}

export function messageWrites(db: Database) {
  const expunge = db.prepare(
    'update message set payload = null, received = null where app_id = ? and seq = ?',
  )
  return {
    expungeMessage(appId: string, messageSeq: number): void {
      expunge.run(appId, messageSeq)
    },
  }
}
