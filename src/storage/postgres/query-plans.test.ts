import pg from 'pg'
import { dyingFirst } from '#test/support/dying-storage.ts'
import { asked, createDatabase, type TestDatabase } from '#test/support/test-database.ts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { conformance } from '../conformance/all.ts'
import { aMessage, published, storedApplication, storedEndpoint } from '../conformance/fixtures.ts'
import { openPostgresStorage } from './postgres-storage.ts'

/** A statement as a connection ran it, with the values of one call. */
interface Ran {
  readonly text: string
  readonly values: readonly unknown[]
  readonly isOfEngine: boolean
}

interface Plan {
  readonly 'Node Type': string
  readonly 'Plan Rows': number
  readonly 'Relation Name'?: string
  readonly 'Index Name'?: string
  readonly 'Index Cond'?: string
  readonly Plans?: readonly Plan[]
}

/** What grows with the traffic. */
const hot = /^(message|attempt)_\d+$|^(delivery|event_id|idempotency_key)$/

/** Steps of plans that pass a whole table, or an application's whole share of one, and why they may. */
const allowed: readonly (readonly [step: RegExp, statement: RegExp, reason: string])[] = [
  [
    /^\w+( Only)? Scan delivery/,
    /^select count\(\*\) as count from posthorn\.delivery$/,
    'counted for metrics',
  ],
  [
    /^\w+( Only)? Scan delivery/,
    /count\(\*\) as deliveries from posthorn\.delivery group by app_id\) w/,
    'counted for statistics, seldom where it takes long',
  ],
  [
    /^Seq Scan delivery$/,
    /from posthorn\.delivery where leased_by = \$1::int$/,
    'no index holds what is in hand: it would cost every message',
  ],
  [/ delivery_pkey \(\(app_id = .*endpoint_id = /, /as sending/, 'no index holds what is in hand'],
  [
    /^Index( Only)? Scan delivery delivery_due$/,
    /^with recursive step as \(/,
    'its first step takes one row',
  ],
  [/^Index Scan delivery delivery_suspect$/, /interruptions > 2/, 'suspects are few'],
  [
    /./,
    /^delete from posthorn\.\w+ where \([\w, ]+\) in \( select [\w, ]+ from posthorn\.\w+ where app_id = \$1 limit \$2\)$/,
    'any rows of a deleted application, a few at a time',
  ],
  [
    /./,
    /^delete from posthorn\.delivery where .* where app_id = \$1 and endpoint_id = \$2 limit \$3\)$/,
    'once for a deleted endpoint, when all that waits has gone',
  ],
]

const appId = (n: number): string => `app_${'0'.repeat(26)}${n}`
const endpointId = (n: number): string => `ep_${'0'.repeat(26)}${n}`

/** Applications with 20,000 messages between them, the first one with most. */
const filling = `
  insert into posthorn.node (name, channel, dispatches, expires_at)
    select 'filled', 'filled', true, clock_timestamp() + interval '1 hour' from generate_series(1, 20);
  insert into posthorn.application (org_id, id, uid, name, metadata, created_at, updated_at, version)
    select 'org_' || n % 10, case when n < 10 then 'app_' || lpad(n::text, 27, '0') else 'app_x' || n end, 'uid-' || n,
      'Filled', '{}', 0, 0, 1 from generate_series(0, 999) n;
  insert into posthorn.endpoint (app_id, id, url, description, metadata, sealed_secrets, created_at, updated_at, version)
    select 'app_' || lpad((n % 10)::text, 27, '0'), 'ep_' || lpad(n::text, 27, '0'), 'https://a.example', '', '{}', '', 0, 0, 1
    from generate_series(0, 99) n;
  insert into posthorn.lane (app_id, endpoint_id, owner) select app_id, id, 1 + seq % 5 from posthorn.endpoint;
  insert into posthorn.message (app_id, seq, id, event_type, event_id, content_type, created_at, payload_expires_at, payload)
    select 'app_' || lpad((case when n % 2 = 0 then 0 else n % 10 end)::text, 27, '0'), n, 'msg_' || n, 'type.' || n % 7,
      case when n % 4 = 0 then 'event-' || n end, 'application/json', 1767607200000 + n * 1000, 1775383200000 + n * 1000,
      '{}' from generate_series(1, 20000) n;
  insert into posthorn.event_id (app_id, event_id, message_seq, expires_at)
    select app_id, event_id, seq, payload_expires_at from posthorn.message where event_id is not null;
  insert into posthorn.attempt (app_id, message_seq, seq, endpoint_id, id, url, trigger, status, response_status,
      response_body, duration_ms, started_at)
    select app_id, seq, seq, 'ep_' || right(app_id, 1)::int % 10, 'atmpt_' || seq, 'https://a.example', 0, 0, 200, 'ok', 1,
      created_at from posthorn.message;
  update posthorn.attempt set endpoint_id = 'ep_' || lpad((right(app_id, 1)::int + 10 * (seq % 10))::text, 27, '0');
  insert into posthorn.attempt_count (app_id, endpoint_id, hour_at, event_type, success)
    select app_id, endpoint_id, started_at - started_at % 3600000, 'type.1', count(*) from posthorn.attempt group by 1, 2, 3;
  insert into posthorn.delivery (app_id, message_seq, endpoint_id, trigger, due_at, attempt_count, interruptions, leased_by)
    select app_id, message_seq, endpoint_id, 0, started_at, 1, case when seq % 5000 = 0 then 3 else 0 end,
      case when seq % 50 = 1 then 1 + seq % 3 end
    from posthorn.attempt where seq % 2 = 0 or seq % 50 = 1;
  insert into posthorn.idempotency_key (key, request_hash, subject, expires_at)
    select md5(n::text), 'hash', 'subject', 1767607200000 + n * 1000 from generate_series(1, 20000) n;
  select setval('posthorn.message_seq', 20000), setval('posthorn.attempt_seq', 20000);`

/** From here on the planner takes all that grows for a thousand times as large. */
const grown = `update pg_class set reltuples = reltuples * 1000
  where relnamespace = 'posthorn'::regnamespace and relkind in ('r', 'i')
    and relname ~ '^(message|attempt|delivery|event_id|idempotency_key)'`

/** The pending set is a single lane's. */
const flooding = `
  delete from posthorn.delivery;
  insert into posthorn.delivery (app_id, message_seq, endpoint_id, trigger, due_at, attempt_count, interruptions)
    select '${appId(0)}', 20000 + n, '${endpointId(10)}', 0, 1767607200000, 1, 0 from generate_series(1, 50000) n;`

let filled: TestDatabase
const databases: TestDatabase[] = []
const ran = new Map<string, Ran>()

/** Writes down what connections run, before they run it. */
const query = Reflect.get(pg.Client.prototype, 'query') as (...all: unknown[]) => unknown
pg.Client.prototype.query = function (this: pg.Client, ...given: readonly unknown[]): unknown {
  note(this, given[0])
  return Reflect.apply(query, this, given)
} as pg.Client['query']

function note(client: pg.Client, given: unknown): void {
  const { text, values } = given as { readonly text?: string; readonly values?: readonly unknown[] }
  if (text === undefined || values === undefined || !/^\s*(with|select|insert|update|delete)\b/.test(text))
    return
  const { connectionParameters } = client as unknown as {
    readonly connectionParameters: { readonly application_name: string }
  }
  const isOfEngine = connectionParameters.application_name === 'posthorn engine'
  const statement = text.replaceAll(/\s+/g, ' ').trim()
  ran.set(`${isOfEngine} ${statement}`, { text: statement, values: values.map(asFilled), isOfEngine })
}

beforeAll(async () => {
  filled = await createDatabase()
  databases.push(filled)
  await (await openPostgresStorage({ url: filled.url }))[Symbol.asyncDispose]()
  await asked(filled.url, filling)
  await asked(filled.url, 'analyze')
  await asked(filled.url, grown)
})
afterAll(async () => {
  pg.Client.prototype.query = query as pg.Client['query']
  for (const database of databases) await database[Symbol.asyncDispose]()
})

describe('while all verbs run', () => {
  conformance(async (lookedAt) => {
    const database = await createDatabase()
    databases.push(database)
    const options = { url: database.url, ...(lookedAt === undefined ? {} : { lookedAt }) }
    return dyingFirst(await openPostgresStorage(options), database.url)
  })

  test('and one node hands a delivery to another', async () => {
    const database = await createDatabase()
    databases.push(database)
    const { url } = database
    await using _owner = await openPostgresStorage({ url })
    await using publisher = await openPostgresStorage({ url, dispatches: false })
    const application = await storedApplication(publisher)
    await storedEndpoint(publisher, application.id)
    await published(publisher, application, [aMessage()])
    expect([...ran.keys()].some((statement) => statement.includes('pg_notify(notice.channel'))).toBe(true)
  })
})

/** What conformance made stands for what the filled database holds. */
function asFilled(value: unknown): unknown {
  if (typeof value !== 'string') return value
  return value.replaceAll(/\bapp_\w{27}\b/g, appId(0)).replaceAll(/\bep_\w{27}\b/g, endpointId(10))
}

function* nodesOf(plan: Plan): Generator<Plan> {
  yield plan
  for (const each of plan.Plans ?? []) yield* nodesOf(each)
}

function isHot({ 'Relation Name': relation, 'Index Name': index }: Plan): boolean {
  return hot.test(relation ?? '') || /^(message|attempt|delivery|event_id|idempotency_key)_/.test(index ?? '')
}

/** The whole of a hot table, or all that an application has in one. */
function isWide(node: Plan): boolean {
  if (!isHot(node) || !/Scan/.test(node['Node Type']) || /^(Bitmap Heap|Tid) Scan$/.test(node['Node Type']))
    return false
  const { 'Index Name': index = '', 'Index Cond': condition = '' } = node
  if (/^(delivery|attempt_\d+)_pkey$/.test(index)) return !/\bmessage_seq\b/.test(condition)
  return !/\b(?!app_id\b)\w+ [<>=]|^\(ROW\(/.test(condition)
}

function stepOf(node: Plan): string {
  const { 'Node Type': type, 'Relation Name': relation, 'Index Name': index, 'Index Cond': condition } = node
  return [type, relation, index, condition].filter((part) => part !== undefined).join(' ')
}

type Planned = Ran & { readonly plan: Plan }

async function plansOf(statements: readonly Ran[]): Promise<readonly Planned[]> {
  const client = new pg.Client({ connectionString: filled.url })
  await client.connect()
  const plans: Planned[] = []
  for (const each of statements) {
    await client.query(`set enable_seqscan = ${each.isOfEngine ? 'off' : 'on'}`)
    const { rows } = await client.query<{ 'QUERY PLAN': readonly [{ readonly Plan: Plan }] }>(
      `explain (format json) ${each.text}`,
      [...each.values],
    )
    plans.push({ ...each, plan: (rows[0] as (typeof rows)[0])['QUERY PLAN'][0].Plan })
  }
  await client.end()
  return plans
}

/** Wide steps that nothing allows. */
function unexplainedOf(
  plans: readonly Planned[],
): readonly { readonly step: string; readonly statement: string }[] {
  return plans
    .flatMap(({ text, plan }) =>
      [...nodesOf(plan)].filter(isWide).map((node) => ({ step: stepOf(node), statement: text })),
    )
    .filter(
      ({ step, statement }) =>
        !allowed.some(([aStep, aStatement]) => aStep.test(step) && aStatement.test(statement)),
    )
}

describe('the plans of all statements', () => {
  const plans: Planned[] = []

  beforeAll(async () => {
    plans.push(...(await plansOf([...ran.values()])))
  })

  test('reach messages, attempts, deliveries, event ids and keys by an index, but where a reason is given', () => {
    expect(plans.length).toBeGreaterThan(150)
    expect(unexplainedOf(plans)).toEqual([])
  })

  test('of lists over the history stop with the page: nothing is sorted or hashed', () => {
    const lists = plans.filter(({ text }) => /^select .*\blimit \$\d+$/.test(text))
    expect(lists.length).toBeGreaterThan(50)
    const sorted = lists.flatMap(({ text, plan }) =>
      [...nodesOf(plan)]
        .filter((node) => /^(Sort|Hash|Bitmap)/.test(node['Node Type']) && takesHistory(node))
        .map((node) => ({ step: stepOf(node), statement: text })),
    )
    expect(sorted).toEqual([])
  })
})

describe('while all that is due is due at one endpoint', () => {
  beforeAll(async () => {
    await asked(filled.url, flooding)
    await asked(filled.url, 'analyze')
  })

  test('a claim is planned for few deliveries: it is never joined with all of them', async () => {
    const claims = [...ran.values()].filter(({ text }) =>
      text.includes('leased as ( update posthorn.delivery'),
    )
    expect(claims).not.toEqual([])
    for (const { plan } of await plansOf(claims)) {
      const changes = [...nodesOf(plan)].filter((node) => node['Node Type'] === 'ModifyTable')
      expect(changes.map((node) => node['Plan Rows'])).toEqual(changes.map(() => expect.toSatisfy(isFew)))
    }
  })
})

function isFew(rows: number): boolean {
  return rows <= 1_000
}

/** Whether messages or attempts of many messages come to the node without a limit between. */
function takesHistory(node: Plan): boolean {
  return (node.Plans ?? []).some(
    (each) => each['Node Type'] !== 'Limit' && (isWalkOfHistory(each) || takesHistory(each)),
  )
}

function isWalkOfHistory(node: Plan): boolean {
  if (node['Node Type'] === 'Bitmap Heap Scan') return false
  const isHistory = /^(message|attempt)_(?!count)/.test(node['Relation Name'] ?? node['Index Name'] ?? '')
  return isHistory && !/\b(id|seq|message_seq) = |\bseq > .*\bseq <= /.test(node['Index Cond'] ?? '')
}
