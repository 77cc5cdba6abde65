import type { Application } from '#core/application.ts'
import type { Attempt } from '#core/attempt.ts'
import type { BackgroundTask } from '#core/background-task.ts'
import type { Endpoint } from '#core/endpoint.ts'
import type { EventType } from '#core/event-type.ts'
import type { Message } from '#core/message.ts'
import type { AttemptHead, OwnedEndpoint, Standing } from '#storage/storage.ts'
import { shownPayload } from './message-content.ts'

/** How the API shows what the store holds. */

export function time(instant: number): string {
  return new Date(instant).toISOString()
}

export function showApplication(application: Application) {
  const { id, uid, name, throttleRate, metadata, createdAt, updatedAt } = application
  return {
    id,
    ...(uid === null ? {} : { uid }),
    name,
    throttleRate,
    metadata,
    createdAt: time(createdAt),
    updatedAt: time(updatedAt),
  }
}

/** Without `metadata`, which a message's endpoints are shown without. */
export function showEndpointCore(endpoint: Endpoint) {
  const { id, uid, url, description, throttleRate, disabledReason, eventTypes, channels } = endpoint
  const { retryScheduleMs, failingSince } = endpoint
  return {
    id,
    uid,
    url,
    description,
    throttleRate,
    rateLimit: throttleRate,
    disabled: disabledReason !== null,
    disabledReason,
    failingSince: failingSince === null ? null : time(failingSince),
    eventTypes,
    filterTypes: eventTypes,
    channels,
    retrySchedule: retryScheduleMs?.map((wait) => wait / 1000) ?? null,
    successRule: endpoint.successRule,
    createdAt: time(endpoint.createdAt),
    updatedAt: time(endpoint.updatedAt),
  }
}

export function showEndpoint(endpoint: Endpoint) {
  return { ...showEndpointCore(endpoint), metadata: endpoint.metadata }
}

export function showOwnedEndpoint(endpoint: OwnedEndpoint) {
  const { appId, appName, appUid } = endpoint
  return { ...showEndpoint(endpoint), appId, appName, appUid }
}

export function showEventType(eventType: EventType, withContent: boolean) {
  const { name, description, archived, deprecated, schemas, groupName, featureFlags, createdAt, updatedAt } =
    eventType
  return {
    name,
    description,
    archived,
    deprecated,
    schemas: withContent ? schemas : null,
    groupName,
    featureFlags,
    featureFlag: featureFlags?.[0] ?? null,
    createdAt: time(createdAt),
    updatedAt: time(updatedAt),
  }
}

/**
 * A message as JSON text, with the publisher's own text as its payload: parsed and written again, big numbers and
 * repeated keys would be others.
 */
export function messageJson(
  message: Omit<Message, 'appId' | 'seq'>,
  withContent: boolean,
  more: object = {},
): string {
  const { id, eventType, eventId, channels, tags, deliverAt, createdAt } = message
  const shown = {
    id,
    eventType,
    eventId,
    channels,
    tags,
    deliverAt: deliverAt === null ? null : time(deliverAt),
    timestamp: time(createdAt),
    ...more,
  }
  const payload = withContent ? shownPayload(message) : '{}'
  return `${JSON.stringify(shown).slice(0, -1)},"payload":${payload}}`
}

/** A list answer as JSON text, from entries that are text already. */
export function listJson(list: {
  readonly data: readonly string[]
  readonly iterator: string | null
  readonly prevIterator: string | null
  readonly done: boolean
}): string {
  const { data, ...rest } = list
  return `{"data":[${data.join(',')}],${JSON.stringify(rest).slice(1)}`
}

const stateNumber = { success: 0, pending: 1, fail: 2, sending: 3, canceled: 4 } as const

export function showStanding({ state, nextAttemptAt }: Standing) {
  return {
    status: stateNumber[state],
    statusText: state,
    nextAttempt: nextAttemptAt === null ? null : time(nextAttemptAt),
  }
}

/** An interrupted record is a failure to the API, and its response says what it is. */
export function showAttempt(attempt: Attempt, withContent: boolean) {
  return { ...showAttemptHead(attempt), response: withContent ? attempt.responseBody : '' }
}

/** The same without what the endpoint answered. */
export function showAttemptHead(attempt: AttemptHead) {
  const state = attempt.status === 'interrupted' ? 'fail' : attempt.status
  return {
    id: attempt.id,
    msgId: attempt.messageId,
    endpointId: attempt.endpointId,
    url: attempt.url,
    status: stateNumber[state],
    statusText: state,
    responseStatusCode: attempt.responseStatus,
    responseDurationMs: attempt.durationMs,
    triggerType: attempt.trigger === 'manual' ? 1 : 0,
    timestamp: time(attempt.startedAt),
  }
}

export function showTask(task: BackgroundTask | Omit<BackgroundTask, 'seq'>) {
  return {
    id: task.id,
    status: task.status,
    task: task.input.kind,
    data: task.data,
    updatedAt: time(task.updatedAt),
  }
}
