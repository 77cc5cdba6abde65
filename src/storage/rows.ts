import type { Application } from '#core/application.ts'
import type { Attempt, AttemptStatus } from '#core/attempt.ts'
import type { BackgroundTask, TaskInput, TaskStatus } from '#core/background-task.ts'
import type { Delivery, Trigger } from '#core/delivery.ts'
import type { DisabledReason, Endpoint } from '#core/endpoint.ts'
import type { EventType } from '#core/event-type.ts'
import type { Message, Received, Sendable } from '#core/message.ts'
import type { Rejection, Source } from '#core/source.ts'
import type { SuccessRule } from '#core/success-rule.ts'
import type { AttemptHead } from './storage.ts'

/** A row as the driver gives it. Each function below reads the columns of its table; JSON is text in the store. */
export type Row = Record<string, unknown>

export function readStrings(text: string | null): readonly string[] | null {
  return text === null ? null : (JSON.parse(text) as string[])
}

export function writeStrings(strings: readonly string[] | null): string | null {
  return strings === null ? null : JSON.stringify(strings)
}

function readJson(text: unknown): unknown {
  return typeof text === 'string' ? JSON.parse(text) : null
}

export function writeJson(value: unknown): string | null {
  return value === null ? null : JSON.stringify(value)
}

export function applicationOf(row: Row): Application {
  return {
    orgId: row.org_id as string,
    id: row.id as string,
    uid: row.uid as string | null,
    name: row.name as string,
    throttleRate: row.throttle_rate as number | null,
    metadata: readJson(row.metadata) as Record<string, string>,
    createdAt: row.created_at as number,
    updatedAt: row.updated_at as number,
    version: row.version as number,
  }
}

export function endpointOf(row: Row): Endpoint {
  return {
    appId: row.app_id as string,
    id: row.id as string,
    uid: row.uid as string | null,
    url: row.url as string,
    description: row.description as string,
    disabledReason: row.disabled_reason as DisabledReason | null,
    eventTypes: readStrings(row.event_types as string | null),
    channels: readStrings(row.channels as string | null),
    metadata: readJson(row.metadata) as Record<string, string>,
    throttleRate: row.throttle_rate as number | null,
    retryScheduleMs: readJson(row.retry_schedule_ms) as number[] | null,
    successRule: readJson(row.success_rule) as SuccessRule | null,
    sealedSecrets: row.sealed_secrets as string,
    sealedHeaders: row.sealed_headers as string | null,
    createdAt: row.created_at as number,
    updatedAt: row.updated_at as number,
    failingSince: row.failing_since as number | null,
    version: row.version as number,
  }
}

export function eventTypeOf(row: Row): EventType {
  return {
    orgId: row.org_id as string,
    name: row.name as string,
    description: row.description as string,
    archived: row.archived === 1,
    deprecated: row.deprecated === 1,
    schemas: readJson(row.schemas) as Record<string, unknown> | null,
    groupName: row.group_name as string | null,
    featureFlags: readStrings(row.feature_flags as string | null),
    retryScheduleMs: readJson(row.retry_schedule_ms) as number[] | null,
    createdAt: row.created_at as number,
    updatedAt: row.updated_at as number,
    version: row.version as number,
  }
}

export function sourceOf(row: Row): Source {
  return {
    orgId: row.org_id as string,
    id: row.id as string,
    uid: row.uid as string | null,
    name: row.name as string,
    type: row.type as string,
    appId: row.app_id as string,
    metadata: readJson(row.metadata) as Record<string, string>,
    sealedConfig: row.sealed_config as string,
    sealedToken: row.sealed_token as string,
    tokenHash: row.token_hash as string,
    createdAt: row.created_at as number,
    updatedAt: row.updated_at as number,
    version: row.version as number,
  }
}

export function rejectionOf(row: Row): Rejection {
  return {
    id: row.id as string,
    sourceId: row.source_id as string,
    status: row.status as number,
    reason: row.reason as string,
    detail: row.detail as string,
    headers: readJson(row.headers) as [string, string][],
    body: row.body as string,
    createdAt: row.created_at as number,
  }
}

/** PostgreSQL holds no U+0000 in a text: what comes from anyone is kept without it in every store. */
export function withoutNul(text: string): string {
  return text.replaceAll('\0', '\ufffd')
}

export function readReceived(text: unknown): Received | null {
  return readJson(text) as Received | null
}

export function messageOf(row: Row): Message {
  return {
    appId: row.app_id as string,
    seq: row.seq as number,
    id: row.id as string,
    eventType: row.event_type as string,
    eventId: row.event_id as string | null,
    channels: readStrings(row.channels as string | null),
    tags: readStrings(row.tags as string | null),
    contentType: row.content_type as string,
    payload: (row.payload ?? null) as string | null,
    received: readReceived(row.received),
    createdAt: row.created_at as number,
    deliverAt: row.deliver_at as number | null,
    payloadExpiresAt: row.payload_expires_at as number,
  }
}

const statuses: ReadonlyMap<unknown, AttemptStatus> = new Map([
  [0, 'success'],
  [2, 'fail'],
  [4, 'canceled'],
  [5, 'interrupted'],
])

/** The row carries the message's id as `message_id`. */
export function attemptOf(row: Row): Attempt {
  return { ...attemptHeadOf(row), responseBody: row.response_body as string }
}

/** Without what the endpoint answered. */
export function attemptHeadOf(row: Row): AttemptHead {
  return {
    appId: row.app_id as string,
    seq: row.seq as number,
    id: row.id as string,
    messageSeq: row.message_seq as number,
    messageId: row.message_id as string,
    endpointId: row.endpoint_id as string,
    url: row.url as string,
    trigger: triggerOf(row),
    status: statuses.get(row.status) ?? 'fail',
    responseStatus: row.response_status as number,
    durationMs: row.duration_ms as number,
    startedAt: row.started_at as number,
  }
}

export function taskOf(row: Row): BackgroundTask {
  return {
    orgId: row.org_id as string,
    appId: row.app_id as string | null,
    id: row.id as string,
    seq: row.seq as number,
    input: JSON.parse(row.input as string) as TaskInput,
    status: row.status as TaskStatus,
    data: JSON.parse(row.data as string) as Record<string, unknown>,
    cursor: row.cursor as number,
    createdAt: row.created_at as number,
    updatedAt: row.updated_at as number,
  }
}

export function triggerOf(row: Row): Trigger {
  return row.trigger === 1 ? 'manual' : 'scheduled'
}

/**
 * A delivery of the lane, joined with its message's `id`, `event_type`, `content_type`, `payload`, `received` and
 * `created_at`.
 *
 * @param messages those that were met: one object per message, however many of its deliveries there are
 * @param clockOffsetMs the store's clock against this process's
 */
export function deliveryOf(
  row: Row,
  { appId, endpointId }: Pick<Delivery, 'appId' | 'endpointId'>,
  messages: Map<number, Sendable>,
  clockOffsetMs = 0,
): Delivery {
  const seq = row.message_seq as number
  let message = messages.get(seq)
  if (message === undefined) {
    message = {
      appId,
      seq,
      id: row.id as string,
      eventType: row.event_type as string,
      contentType: row.content_type as string,
      payload: row.payload as string | null,
      received: readReceived(row.received),
      createdAt: row.created_at as number,
    }
    messages.set(seq, message)
  }
  return {
    appId,
    messageSeq: seq,
    endpointId,
    trigger: triggerOf(row),
    message,
    attemptCount: row.attempt_count as number,
    dueAt: (row.due_at as number) - clockOffsetMs,
    interruptions: row.interruptions as number,
  }
}
