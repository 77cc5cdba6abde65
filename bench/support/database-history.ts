import type { Database } from './database.ts'

/** Parts of a second's work, so that a statement stays below a gigabyte. */
const together = 100_000

/**
 * Writes messages into a database, by SQL and as fast as the disk takes them: 1 KB each, published with an idempotency
 * key, delivered to the endpoint at the first attempt. Ids have the form and the length of real ones.
 */
export async function writeHistory(
  database: Database,
  url: string,
  appId: string,
  endpointId: string,
  messages: number,
): Promise<void> {
  for (let from = 1; from <= messages; from += together) {
    const numbers = `generate_series(${from}, ${Math.min(messages, from + together - 1)}) as n`
    const at = `${Date.now() - 3_600_000} + n / 10`
    await database.ask(
      url,
      `insert into posthorn.message (app_id, seq, id, event_type, content_type, created_at, payload_expires_at, payload)
         select '${appId}', n, 'msg_' || lpad(n::text, 27, '0'), 'invoice.paid', 'application/json', ${at},
           ${at} + 7776000000, convert_to('{"at":0,"data":"' || repeat('x', 980) || '"}', 'UTF8') from ${numbers}`,
    )
    await database.ask(
      url,
      `insert into posthorn.attempt (app_id, message_seq, seq, endpoint_id, id, url, trigger, status, response_status,
           response_body, duration_ms, started_at)
         select '${appId}', n, n, '${endpointId}', 'atmpt_' || lpad(n::text, 27, '0'), 'http://127.0.0.1:8080/ok', 0, 0,
           204, '', 2, ${at} from ${numbers}`,
    )
    await database.ask(
      url,
      `insert into posthorn.idempotency_key (key, request_hash, subject, expires_at)
         select left(translate(encode(sha256(n::text::bytea), 'base64'), '+/', '-_'), 22),
           left(translate(encode(sha256((n + 1)::text::bytea), 'base64'), '+/', '-_'), 22),
           'msg_' || lpad(n::text, 27, '0'), ${Date.now() + 43_200_000} from ${numbers}`,
    )
  }
  await database.ask(
    url,
    `insert into posthorn.attempt_count (app_id, endpoint_id, hour_at, event_type, success)
       select app_id, endpoint_id, started_at - started_at % 3600000, 'invoice.paid', count(*)
       from posthorn.attempt group by 1, 2, 3`,
  )
  await database.ask(
    url,
    `select setval('posthorn.message_seq', ${messages}), setval('posthorn.attempt_seq', ${messages})`,
  )
  await database.ask(url, 'vacuum analyze')
  await database.ask(url, 'checkpoint')
}

/** Makes the messages from `from` on due at the endpoint, all at once. */
export async function makeDue(
  database: Database,
  url: string,
  appId: string,
  endpointId: string,
  messages: number,
): Promise<void> {
  await database.ask(
    url,
    `insert into posthorn.delivery (app_id, message_seq, endpoint_id, trigger, due_at, attempt_count, interruptions)
       select app_id, seq, '${endpointId}', 0, created_at, 0, 0 from posthorn.message
       where app_id = '${appId}' and seq <= ${messages}`,
  )
  await database.ask(url, 'vacuum analyze posthorn.delivery')
  await database.ask(url, 'checkpoint')
}
