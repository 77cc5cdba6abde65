/** A question mark where null may stand. */
type ColumnKind = 'text' | 'integer' | 'text?' | 'integer?'

export interface DumpTable {
  readonly name: string
  readonly columns: Readonly<Record<string, ColumnKind>>
  /** The schema that brought a column: exports of older ones lack it, and it is null. */
  readonly since?: Readonly<Record<string, number>>
  readonly order: string
}

/**
 * Settings of one store that another must not get: when it was last probed, how far its own import came, and where
 * sequences went on then, which is in an export's header.
 */
export const ownSettings: readonly string[] = [
  'probed_at',
  'import',
  'least_message_seq',
  'least_attempt_seq',
]

const text = 'text'
const integer = 'integer'

/**
 * In the order in which they are written. A message's `payload` is a text, or `payload_base64` in its place where it is
 * not UTF-8; `leased` is 1 where a process had the delivery in hand and may have sent it. What nodes tell each other while
 * they run, and how SQLite finds idempotency keys, is left out.
 */
export const dumpTables: readonly DumpTable[] = [
  { name: 'setting', columns: { name: text, value: text }, order: 'name' },
  {
    name: 'application',
    columns: {
      seq: integer,
      org_id: text,
      id: text,
      uid: 'text?',
      name: text,
      throttle_rate: 'integer?',
      metadata: text,
      created_at: integer,
      updated_at: integer,
      version: integer,
      routing_version: integer,
      deleted_at: 'integer?',
    },
    order: 'seq',
  },
  {
    name: 'application_token_expiry',
    columns: { app_id: text, session_id: text, issued_before: integer, ends_at: integer },
    order: 'app_id, session_id, issued_before, ends_at',
  },
  {
    name: 'endpoint',
    columns: {
      seq: integer,
      app_id: text,
      id: text,
      uid: 'text?',
      url: text,
      description: text,
      disabled_reason: 'text?',
      event_types: 'text?',
      channels: 'text?',
      metadata: text,
      throttle_rate: 'integer?',
      retry_schedule_ms: 'text?',
      success_rule: 'text?',
      sealed_secrets: text,
      sealed_headers: 'text?',
      created_at: integer,
      updated_at: integer,
      failing_since: 'integer?',
      version: integer,
      deleted_at: 'integer?',
    },
    order: 'seq',
  },
  {
    name: 'event_type',
    columns: {
      org_id: text,
      name: text,
      description: text,
      archived: integer,
      deprecated: integer,
      schemas: 'text?',
      group_name: 'text?',
      feature_flags: 'text?',
      retry_schedule_ms: 'text?',
      created_at: integer,
      updated_at: integer,
      version: integer,
    },
    order: 'org_id, name',
  },
  {
    name: 'source',
    columns: {
      seq: integer,
      org_id: text,
      id: text,
      uid: 'text?',
      name: text,
      type: text,
      app_id: text,
      metadata: text,
      sealed_config: text,
      sealed_token: text,
      token_hash: text,
      created_at: integer,
      updated_at: integer,
      version: integer,
      deleted_at: 'integer?',
    },
    order: 'seq',
  },
  {
    name: 'rejection',
    columns: {
      seq: integer,
      source_id: text,
      id: text,
      status: integer,
      reason: text,
      detail: text,
      headers: text,
      body: text,
      created_at: integer,
    },
    order: 'seq',
  },
  {
    name: 'background_task',
    columns: {
      seq: integer,
      org_id: text,
      app_id: 'text?',
      id: text,
      kind: text,
      input: text,
      status: text,
      data: text,
      cursor: integer,
      created_at: integer,
      updated_at: integer,
    },
    order: 'seq',
  },
  {
    name: 'message',
    columns: {
      seq: integer,
      app_id: text,
      id: text,
      event_type: text,
      event_id: 'text?',
      channels: 'text?',
      tags: 'text?',
      content_type: text,
      created_at: integer,
      deliver_at: 'integer?',
      only_endpoint_id: 'text?',
      payload_expires_at: integer,
      received: 'text?',
      payload: 'text?',
    },
    since: { received: 4 },
    order: 'seq',
  },
  {
    name: 'event_id',
    columns: { app_id: text, event_id: text, message_seq: integer, expires_at: integer },
    order: 'app_id, event_id',
  },
  {
    name: 'attempt',
    columns: {
      seq: integer,
      app_id: text,
      message_seq: integer,
      endpoint_id: text,
      id: text,
      url: text,
      trigger: integer,
      status: integer,
      response_status: integer,
      response_body: text,
      duration_ms: integer,
      started_at: integer,
      exchange: 'text?',
    },
    since: { exchange: 6 },
    order: 'seq',
  },
  {
    name: 'attempt_count',
    columns: {
      app_id: text,
      endpoint_id: text,
      hour_at: integer,
      event_type: text,
      success: integer,
      fail: integer,
      canceled: integer,
    },
    order: 'app_id, endpoint_id, hour_at, event_type',
  },
  {
    name: 'minute',
    columns: {
      org_id: text,
      at: integer,
      node: integer,
      messages: integer,
      deliveries: integer,
      delivered: integer,
      exhausted: integer,
      retried: integer,
      latency: text,
      duration: text,
      pending: 'integer?',
    },
    order: 'org_id, at, node',
  },
  {
    name: 'delivery',
    columns: {
      app_id: text,
      message_seq: integer,
      endpoint_id: text,
      trigger: integer,
      due_at: integer,
      attempt_count: integer,
      interruptions: integer,
      leased: integer,
    },
    order: 'app_id, message_seq, endpoint_id, trigger',
  },
  {
    name: 'fanout',
    columns: {
      seq: integer,
      message_seq: integer,
      app_id: text,
      after_endpoint_seq: integer,
      last_endpoint_seq: integer,
    },
    order: 'seq',
  },
  {
    name: 'idempotency_key',
    columns: { key: text, request_hash: text, subject: text, expires_at: integer },
    order: 'expires_at, key',
  },
  // Of PostgreSQL alone.
  {
    name: 'outbox',
    columns: {
      seq: integer,
      org_id: text,
      app_id: text,
      id: text,
      event_type: text,
      payload: text,
      event_id: 'text?',
      channels: 'text?',
      tags: 'text?',
      deliver_at: 'integer?',
      payload_expires_at: integer,
      created_at: integer,
      failed_at: 'integer?',
      failure: 'text?',
    },
    order: 'seq',
  },
]

/** What a server that was started on an empty store has written there: it is no hindrance to an import. */
export const canHoldRows: ReadonlySet<string> = new Set(['setting', 'minute'])

export const tableByName: ReadonlyMap<string, DumpTable> = new Map(
  dumpTables.map((table) => [table.name, table]),
)

export function columnsOf(table: DumpTable): readonly string[] {
  return Object.keys(table.columns)
}
