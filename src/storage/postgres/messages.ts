import { matches, type Routing } from '#core/filter.ts'
import type { Message } from '#core/message.ts'
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
import { messageOf } from '../rows.ts'
import { targetOf } from '../routing.ts'
import type { Listed, MessageFilter, Page } from '../storage.ts'
import { isLiving } from './applications.ts'
import type { Database } from './database.ts'
import { fromEither, itsMessage } from './kept-messages.ts'
import { raw, type Sql, sql, textArray } from './sql.ts'
import { along, inside, taking, turn } from './walk.ts'

/** All columns but the payload, which a list often does without. */
const head = `m.app_id, m.seq, m.id, m.event_type, m.event_id, m.channels, m.tags, m.content_type, m.received, m.created_at,
  m.deliver_at, m.payload_expires_at`

export function messageColumns(withPayload: boolean): Sql {
  return raw(withPayload ? `${head}, convert_from(m.payload, 'UTF8') as payload` : head)
}

/** Conditions on what a message `m` is. */
export function kindConditions({
  channel,
  tag,
  eventTypes,
}: Pick<MessageFilter, 'channel' | 'tag' | 'eventTypes'>): readonly Sql[] {
  const conditions: Sql[] = []
  if (channel !== null) conditions.push(sql`m.channels::jsonb ? ${channel}::text`)
  if (tag !== null) conditions.push(sql`m.tags::jsonb ? ${tag}::text`)
  if (eventTypes !== null) conditions.push(sql`m.event_type = any(${textArray(eventTypes)}::text[])`)
  return conditions
}

/** The filter's bounds of an instant. */
export function boundConditions(
  instant: Sql,
  { before, after }: Pick<MessageFilter, 'before' | 'after'>,
): readonly Sql[] {
  const conditions: Sql[] = []
  if (before !== null) conditions.push(sql`${instant} < ${before}`)
  if (after !== null) conditions.push(sql`${instant} > ${after}`)
  return conditions
}

export function messageReads(db: Database, lookedAt = maxLookedAt) {
  /** Where the filter's bounds of creation lie. */
  async function boundsOf(
    appId: string,
    filter: MessageFilter,
  ): Promise<{ least: number | null; most: number | null }> {
    const { first, end } = idBounds(filter)
    const bound = async (found: 'min' | 'max', condition: Sql, direction: 'asc' | 'desc') => {
      const row = await db.row(
        sql`select ${raw(found)}(seq) as seq from (${fromEither(
          (table) => sql`(select seq from ${table} where app_id = ${appId} and ${condition}
            order by id ${raw(direction)} limit ${raw(String(idsBeside(lookedAt)))})`,
        )}) beside`,
      )
      return (row?.seq ?? null) as number | null
    }
    return {
      least: first === null ? null : await bound('min', sql`id < ${first}`, 'desc'),
      most: end === null ? null : await bound('max', sql`id >= ${end}`, 'asc'),
    }
  }

  /** As many numbers as one page looks at, and the last of them where more follow. */
  async function lookedThrough(
    appId: string,
    walk: Walk,
    range: Range,
  ): Promise<{ readonly range: Range; readonly reached: string | null }> {
    const row = await db.row(
      sql`select m.seq, m.id from (
          select seq from (${fromEither(
            (table) => sql`(select seq from ${table}
              where app_id = ${appId} and ${inside(range, sql`seq`)} and ${isLiving(appId)}
              ${turn(walk, sql`seq`)} limit ${raw(String(lookedAt))})`,
          )}) passed ${turn(walk, sql`seq`)} limit 1 offset ${raw(String(lookedAt - 1))}) edge
        cross join lateral (${fromEither(
          (table) => sql`select m.seq, m.id from ${table} m where m.app_id = ${appId} and m.seq = edge.seq`,
        )} limit 1) m`,
    )
    if (row === undefined) return { range, reached: null }
    return { range: upTo(walk, range, row.seq as number), reached: row.id as string }
  }

  return {
    async findMessage(appId: string, ref: string, withPayload: boolean): Promise<Message | null> {
      const columns = messageColumns(withPayload)
      const row = await db.row(
        sql`select * from (
            ${fromEither((table) => sql`select 0 as rank, ${columns} from ${table} m where m.app_id = ${appId} and m.id = ${ref}`)}
            union all
            select 1, m.* from posthorn.event_id i cross join ${itsMessage('i', columns)}
              where i.app_id = ${appId} and i.event_id = ${ref}
          ) found where ${isLiving(appId)} order by rank limit 1`,
      )
      return row === undefined ? null : messageOf(row)
    },
    async findMessages(appId: string, ids: readonly string[]): Promise<readonly Message[]> {
      const rows = await db.rows(
        fromEither(
          (table) => sql`select ${messageColumns(true)} from ${table} m
            where m.app_id = ${appId} and m.id = any(${textArray(ids)}::text[]) and ${isLiving(appId)}`,
        ),
      )
      const byId = new Map(rows.map((row) => [row.id, messageOf(row)]))
      return ids.flatMap((id) => byId.get(id) ?? [])
    },
    async listMessages(
      appId: string,
      asked: Page,
      filter: MessageFilter,
      withPayload: boolean,
    ): Promise<Listed<Message>> {
      const walk = walkOf(asked)
      const after =
        asked.after === null
          ? { seq: startOf(walk) }
          : await db.row(
              fromEither(
                (table) => sql`select seq from ${table} where app_id = ${appId} and id = ${asked.after}`,
              ),
            )
      if (after === undefined) return { kind: 'bad-iterator' }
      const whole = within(rangeBehind(walk, after.seq as number), await boundsOf(appId, filter))
      const { range, reached } = isSelective(filter)
        ? await lookedThrough(appId, walk, whole)
        : { range: whole, reached: null }
      const conditions = [...kindConditions(filter), ...boundConditions(sql`m.created_at`, filter)]
      const rows = await db.rows(
        sql`select distinct on (m.seq) m.* from (${fromEither(
          (table) => sql`(select ${messageColumns(withPayload)} from ${table} m ${taking(conditions)}
            where m.app_id = ${appId} and ${inside(range, sql`m.seq`)} and ${isLiving(appId)}
            ${along(walk, sql`m.seq`)})`,
        )}) m ${along(walk, sql`m.seq`)}`,
      )
      return listed(rows.map(messageOf), asked, reached)
    },
    async hasTaker(appId: string, routing: Routing): Promise<boolean> {
      const rows = await db.rows(
        sql`select seq, id, event_types, channels from posthorn.endpoint
          where app_id = ${appId} and deleted_at is null and disabled_reason is null and ${isLiving(appId)}`,
      )
      return rows.some((row) => matches(targetOf(row), routing))
    },
  }
}

export function messageWrites(db: Database) {
  return {
    async expungeMessage(appId: string, messageSeq: number): Promise<void> {
      await db.transact((transaction) =>
        transaction.change(
          sql`with kept as (
              update posthorn.kept_message set payload = null, received = null where app_id = ${appId} and seq = ${messageSeq})
            update posthorn.message set payload = null, received = null where app_id = ${appId} and seq = ${messageSeq}`,
        ),
      )
    },
  }
}
