/** An event to announce, if and only if the transaction commits. */
export interface OutboxMessage {
  /** The application's id, or its uid. */
  readonly application: string
  readonly eventType: string
  /** A JSON object, or the text of one, which arrives at endpoints byte for byte. */
  readonly payload: object | string
  /** Your own id of the event: a second one with it announces nothing. */
  readonly eventId?: string | null
  readonly channels?: readonly string[] | null
  readonly tags?: readonly string[] | null
  /** Not delivered before; at most 90 days ahead. */
  readonly deliverAt?: Date | null
  /** How long the payload is kept: 1 to 90 days, 90 where it is left out. */
  readonly payloadRetentionDays?: number | null
  /** Needed where applications of several organisations have the uid. */
  readonly organisation?: string | null
}

/** Runs one statement with numbered parameters, all of them texts or null, and resolves with its rows. */
export type RunStatement = (text: string, values: (string | null)[]) => Promise<unknown>

interface PgTransaction {
  query(text: string, values: (string | null)[]): Promise<unknown>
}

interface KyselyTransaction {
  executeQuery(compiled: never): Promise<unknown>
}

interface DrizzleTransaction {
  execute(statement: never): PromiseLike<unknown>
}

interface PrismaTransaction {
  $queryRawUnsafe(text: string, ...values: unknown[]): PromiseLike<unknown>
}

/**
 * Where the transaction runs: the client of `pg` that began it, the transaction that Kysely, Drizzle or Prisma hands to
 * its callback, or a function that runs a statement there. What stands for a pool would announce the event by itself.
 */
export type OutboxTransaction =
  | PgTransaction
  | KyselyTransaction
  | DrizzleTransaction
  | PrismaTransaction
  | RunStatement

// Parameters are texts, whatever the driver makes of other types; the casts read them.
const statement = `select posthorn.publish($1::text, $2::text, $3::text::json, $4::text, $5::text::text[], $6::text::text[],
  $7::text::timestamptz, $8::text::integer, $9::text) as id`

/**
 * Announces an event inside a transaction. The event exists if and only if the transaction commits.
 *
 * @returns the id that the message has at endpoints, in `webhook-id`
 * @throws the driver's error where the database refuses the call: the transaction is aborted then. SQLSTATE `22023` is a
 *   field that is not as it must be, `P0002` an unknown application, `22P02` a payload that is no JSON
 */
export async function publish(tx: OutboxTransaction, message: OutboxMessage): Promise<string> {
  const { payload, channels, tags, deliverAt } = message
  const result = await runOn(tx)(statement, [
    message.application,
    message.eventType,
    typeof payload === 'string' ? payload : JSON.stringify(payload),
    message.eventId ?? null,
    channels == null ? null : arrayText(channels),
    tags == null ? null : arrayText(tags),
    deliverAt == null ? null : deliverAt.toISOString(),
    String(message.payloadRetentionDays ?? 90),
    message.organisation ?? null,
  ])
  const rows = Array.isArray(result) ? result : (result as { readonly rows: readonly unknown[] }).rows
  const [row] = rows as readonly { readonly id: string }[]
  if (row === undefined) throw new TypeError('the transaction gave no row back')
  return row.id
}

function runOn(tx: OutboxTransaction): RunStatement {
  if (typeof tx === 'function') return tx
  if ('$queryRawUnsafe' in tx) return async (text, values) => await tx.$queryRawUnsafe(text, ...values)
  if ('executeQuery' in tx) {
    return async (text, values) => await tx.executeQuery(compiledForKysely(text, values) as never)
  }
  if ('execute' in tx) return async (text, values) => await tx.execute(builtForDrizzle(text, values) as never)
  return async (text, values) => await tx.query(text, values)
}

/** What Kysely's `CompiledQuery.raw` makes. */
function compiledForKysely(text: string, values: readonly (string | null)[]) {
  return {
    sql: text,
    parameters: values,
    query: { kind: 'RawNode', sqlFragments: [text], parameters: [] },
    queryId: { queryId: `posthorn-${crypto.randomUUID()}` },
  }
}

/** What Drizzle takes for an SQL object: whatever gives one, and builds a query. */
function builtForDrizzle(text: string, values: readonly (string | null)[]) {
  return { getSQL: () => ({ toQuery: () => ({ sql: text, params: values }) }) }
}

/** As PostgreSQL reads arrays of texts. */
function arrayText(texts: readonly string[]): string {
  return `{${texts.map((text) => `"${text.replaceAll(/["\\]/g, String.raw`\$&`)}"`).join(',')}}`
}
