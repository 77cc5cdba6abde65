import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { newId } from '#core/ids.ts'
import { openWriter } from '#storage/sqlite/database.ts'
import { writeVerbs } from '#storage/sqlite/verbs.ts'
import type { Outcome, PublishGroup } from '#storage/storage.ts'
import { organisation } from './server.ts'

const together = 1_000
const keptForMs = 12 * 3_600_000
const payloadKeptForMs = 90 * 24 * 3_600_000
const payload = JSON.stringify({ at: 0, data: 'x'.repeat(980) })

/**
 * Writes a history into the store of a stopped server, with the server's own statements, as fast as the disk takes
 * it: each message of 1 KB was published with an idempotency key and delivered to the endpoint at the first attempt.
 */
export function writeHistory(dataDir: string, appId: string, endpointId: string, messages: number): void {
  const connection = openWriter(join(dataDir, 'posthorn.db'))
  connection.exec('pragma synchronous = off')
  const { verbs, beforeRelease, afterCommit } = writeVerbs({
    prepare: (sql) => connection.prepare(sql),
    notice() {},
  })
  const startedAt = Date.now()
  for (let written = 0; written < messages; written += together) {
    // The clock runs slower than the loop: identifiers are spread over the time that they would have taken.
    const at = startedAt - Math.floor((messages - written) / 4)
    const groups = Array.from({ length: together }, () => published(appId, at))
    connection.exec('begin immediate')
    const results = verbs.publishMessages(groups, [], at)
    const outcomes = results.map((result, index) => {
      const stored = result.kind === 'published' ? result.results[0] : undefined
      if (stored?.kind !== 'stored') throw new Error('a message of the history was not stored')
      return delivered(appId, endpointId, stored.seq, groups[index]?.items[0]?.message.id ?? '', at)
    })
    verbs.recordOutcomes(outcomes, at)
    beforeRelease()
    connection.exec('commit')
    afterCommit()
  }
  connection.exec('pragma wal_checkpoint(truncate)')
  connection.close()
}

function published(appId: string, at: number): PublishGroup {
  const id = newId('msg_', at)
  const claim = { key: text(), requestHash: text(), subject: id, expiresAt: at + keptForMs }
  const message = {
    id,
    eventType: 'invoice.paid',
    eventId: null,
    channels: null,
    tags: null,
    contentType: 'application/json',
    received: null,
    payload,
    createdAt: at,
    deliverAt: null,
    payloadExpiresAt: at + payloadKeptForMs,
  }
  return {
    orgId: organisation,
    appRef: appId,
    createApplication: null,
    items: [{ message }],
    atomic: false,
    onlyEndpointId: null,
    claim,
  }
}

/** As long and as random as the hashes that the API makes of keys. */
function text(): string {
  return randomBytes(16).toString('base64url')
}

function delivered(
  appId: string,
  endpointId: string,
  messageSeq: number,
  messageId: string,
  at: number,
): Outcome {
  return {
    key: { appId, messageSeq, endpointId, trigger: 'scheduled' },
    eventType: 'invoice.paid',
    attempt: {
      appId,
      id: newId('atmpt_', at),
      messageSeq,
      messageId,
      endpointId,
      url: 'http://127.0.0.1:8080/ok',
      trigger: 'scheduled',
      status: 'success',
      responseStatus: 204,
      responseBody: '',
      durationMs: 2,
      startedAt: at,
      exchange: `webhook 0 v1,${'x'.repeat(43)}=\nuser-agent: Posthorn/1.0\n\n0\ndate: Thu, 01 Jan 2026 00:00:00 GMT\nconnection: keep-alive\n`,
    },
    next: null,
    health: null,
  }
}
