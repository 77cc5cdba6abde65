import type { Arrival } from '#test/support/receiver.ts'
import { type OutboxScene, startOutbox, uid } from '#test/support/start-outbox.ts'
import { until } from '#test/support/until.ts'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'

interface Change {
  readonly old: Record<string, unknown> | null
  readonly new: Record<string, unknown> | null
}

let scene: OutboxScene
let run: (statements: string) => Promise<unknown>
let seen = 0
beforeAll(async () => {
  scene = await startOutbox()
  run = (statements) => scene.client.query(statements)
})
afterAll(() => scene[Symbol.asyncDispose]())
beforeEach(() => {
  seen = scene.receiver.arrivals.length
})

/** The rows' changes that arrived since the test began, once all that was announced has. */
async function changes(count: number): Promise<readonly Change[]> {
  await scene.receiver.arrived(seen + count)
  await until(async () => (await scene.client.query('select from posthorn.outbox limit 1')).rowCount === 0)
  const bodies = scene.receiver.arrivals.slice(seen).map(({ body }: Arrival) => JSON.parse(body) as Change)
  expect(bodies).toHaveLength(count)
  return bodies
}

async function eventTypes(count: number): Promise<readonly string[]> {
  const { data } = await scene.running.svix.message.list(scene.appId, { limit: count })
  return data.map(({ eventType }) => eventType).toReversed()
}

/** In any order: each change is a delivery of its own. */
const same = (given: readonly Change[]): readonly string[] => given.map((each) => JSON.stringify(each)).sort()

describe('publish_changes', () => {
  test('announces each change with the row before and after it', async () => {
    await run(`create table plain (id integer primary key, customer text, note text);
      select posthorn.publish_changes('plain', 'plain', 'customer');
      insert into plain values (1, '${uid}', 'a');
      update plain set note = 'b';
      delete from plain`)
    const [first, second] = [
      { id: 1, customer: uid, note: 'a' },
      { id: 1, customer: uid, note: 'b' },
    ]
    expect(same(await changes(3))).toEqual(
      same([
        { old: null, new: first },
        { old: first, new: second },
        { old: second, new: null },
      ]),
    )
    expect(await eventTypes(3)).toEqual(['plain.created', 'plain.updated', 'plain.deleted'])
  })

  test('announces nothing of a change that rolls back, or that changes nothing', async () => {
    await run(`create table undone (id integer primary key, customer text);
      select posthorn.publish_changes('undone', 'undone', 'customer')`)
    await run(`begin; insert into undone values (1, '${uid}'); rollback`)
    await run(`begin; insert into undone values (2, '${uid}'); update undone set customer = customer; commit`)
    expect(await changes(1)).toEqual([{ old: null, new: { id: 2, customer: uid } }])
  })

  test('with columns minds only updates that change one of them, whatever their types', async () => {
    await run(`create table narrow (id integer primary key, customer text, "a B" json, place point, note text);
      select posthorn.publish_changes('narrow', 'narrow', 'customer', 'a B', 'place');
      insert into narrow values (1, '${uid}', '{"x":1}', '(1,2)', '');
      update narrow set note = 'x', "a B" = '{"x":1}';
      update narrow set "a B" = '{"x":2}';
      update narrow set place = '(1,3)';
      update narrow set place = null`)
    await changes(4)
    expect(await eventTypes(4)).toEqual([
      'narrow.created',
      'narrow.updated',
      'narrow.updated',
      'narrow.updated',
    ])
  })

  test('takes the application from an expression over the new row, or the old one where there is none', async () => {
    await run(`create table moved (id integer primary key, tenant integer);
      select posthorn.publish_changes('moved', 'moved', $$case when tenant = 1 then 'a' || 'da' end -- else none$$);
      insert into moved values (1, 2);
      update moved set tenant = 1;
      update moved set tenant = 2;
      update moved set tenant = 1;
      delete from moved`)
    expect(same(await changes(3))).toEqual(
      same([
        { old: { id: 1, tenant: 2 }, new: { id: 1, tenant: 1 } },
        { old: { id: 1, tenant: 2 }, new: { id: 1, tenant: 1 } },
        { old: { id: 1, tenant: 1 }, new: null },
      ]),
    )
  })

  test('fails the change where the application does not exist', async () => {
    await run(`create table strict (id integer primary key, customer text);
      select posthorn.publish_changes('strict', 'strict', 'customer')`)
    await expect(run(`insert into strict values (1, 'nobody')`)).rejects.toMatchObject({ code: 'P0002' })
    expect(await run('select from strict')).toMatchObject({ rowCount: 0 })
  })

  test('works on tables with odd names and columns, in other schemas', async () => {
    await run(`create schema "Odd's"; create table "Odd's"."T ""x $$" ("new" text, "old" int, "posthorn.publish" text,
        tg_op text, application text);
      select posthorn.publish_changes('"Odd''s"."T ""x $$"', 'odd', '"T ""x $$"."new"', 'old', 'tg_op');
      insert into "Odd's"."T ""x $$" values ('${uid}', 1, 'p', 'op', 'nobody');
      update "Odd's"."T ""x $$" set tg_op = 'DELETE'`)
    const row = { new: uid, old: 1, 'posthorn.publish': 'p', tg_op: 'op', application: 'nobody' }
    expect(same(await changes(2))).toEqual(
      same([
        { old: null, new: row },
        { old: row, new: { ...row, tg_op: 'DELETE' } },
      ]),
    )
  })

  test('works on partitioned tables, whose partitions may order their columns in another way', async () => {
    await run(`create table parted (id integer, customer text, n integer) partition by range (id);
      create table parted_1 partition of parted for values from (0) to (10);
      select posthorn.publish_changes('parted', 'parted', 'customer', 'n');
      create table parted_2 (n integer, gone text, customer text, id integer);
      alter table parted_2 drop column gone;
      alter table parted attach partition parted_2 for values from (10) to (20);
      insert into parted values (1, '${uid}', 1), (11, '${uid}', 1);
      update parted set n = 2`)
    expect(same((await changes(4)).filter((each) => each.old === null))).toEqual(
      same([
        { old: null, new: { id: 1, customer: uid, n: 1 } },
        { old: null, new: { n: 1, customer: uid, id: 11 } },
      ]),
    )
  })

  test('a second time for a table replaces the first', async () => {
    await run(`create table again (id integer primary key, customer text);
      select posthorn.publish_changes('again', 'before', 'customer');
      select posthorn.publish_changes('again', 'after', 'customer');
      insert into again values (1, '${uid}')`)
    await changes(1)
    expect(await eventTypes(1)).toEqual(['after.created'])
  })

  test('is undone by unpublish_changes, which leaves nothing behind', async () => {
    const made = `select from pg_proc where proname like 'posthorn\\_changes%'`
    const { rowCount: before } = await scene.client.query(made)
    await run(`create table left_alone (id integer primary key, customer text);
      select posthorn.publish_changes('left_alone', 'left', 'customer');
      select posthorn.unpublish_changes('left_alone');
      select posthorn.unpublish_changes('left_alone');
      insert into left_alone values (1, '${uid}')`)
    await changes(0)
    expect(await scene.client.query(made)).toMatchObject({ rowCount: before })
  })

  test.each([
    [`'checked', 'a', 'nowhere'`, '42703', 'column "nowhere" does not exist'],
    [`'checked', 'a', 'customer ('`, '42601', 'syntax error'],
    [`'checked', 'a', null`, '22023', 'application_expression is null'],
    [`'checked', 'a', 'customer', 'id', 'nope'`, '42703', `columns has 'nope', but must be columns of`],
    [`'checked', 'a b', 'customer'`, '22023', `event_type_prefix is 'a b'`],
    [`'checked_view', 'a', 'customer'`, '42809', 'target is public.checked_view, but must be a table'],
    [`'nowhere', 'a', 'customer'`, '42P01', 'relation "nowhere" does not exist'],
  ])('refuses (%s) with %s and installs nothing', async (args, code, message) => {
    await run(`create table if not exists checked (id integer, customer text);
      create or replace view checked_view as select * from checked`)
    const failure = await run(`select posthorn.publish_changes(${args})`)
      .then(() => null)
      .catch((error: unknown) => error as Error)
    expect(failure).toMatchObject({ code, message: expect.stringContaining(message) as string })
    await run(`insert into checked values (1, '${uid}')`)
    await changes(0)
  })
})

test('a trigger publishes with the rights of who installed it, whoever changes the row', async () => {
  const { client, connect } = scene
  const [owner, clerk] = [`owner_${process.pid}`, `clerk_${process.pid}`]
  const user = await connect()
  await run(`create role ${owner}; create role ${clerk}; create schema shop authorization ${owner};
    grant usage on schema shop to ${clerk}; grant usage on schema posthorn to ${owner}, ${clerk}`)
  try {
    await user.query(`set role ${owner}; create table shop.sale (id integer, customer text);
      grant insert on shop.sale to ${clerk}`)
    const install = `select posthorn.publish_changes('shop.sale', 'sale', 'customer')`
    await expect(user.query(install)).rejects.toMatchObject({ code: '42501' })
    await run(`grant execute on function posthorn.publish_changes, posthorn.unpublish_changes to ${owner}`)
    await expect(user.query(install)).rejects.toMatchObject({
      code: '42501',
      message: expect.stringContaining('may not call posthorn.publish') as string,
    })
    await run(`grant execute on function posthorn.publish to ${owner}`)
    await user.query(install)

    await user.query(`set role ${clerk}; insert into shop.sale values (1, '${uid}')`)
    expect(await changes(1)).toEqual([{ old: null, new: { id: 1, customer: uid } }])
    const { rows } = await client.query<{ name: string }>(
      `select tgfoid::regproc as name from pg_trigger where tgrelid = 'shop.sale'::regclass`,
    )
    const stolen = `set role ${clerk}; create temp table mine (customer text);
      create trigger stolen after insert on mine for each row execute function ${rows[0]?.name}()`
    await expect(user.query(stolen)).rejects.toMatchObject({ code: '42501' })
  } finally {
    await run(`drop owned by ${owner}, ${clerk} cascade; drop role ${owner}, ${clerk}`)
  }
})
