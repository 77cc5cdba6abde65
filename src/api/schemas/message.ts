import { z } from 'zod'
import { applicationIn } from './application.ts'
import {
  channel,
  channels,
  dateTime,
  eventTypeName,
  iteratorText,
  listOf,
  tag,
  uid,
  uniqueArray,
} from './common.ts'
import { httpErrorOut } from './error.ts'

const payload = z.record(z.string(), z.unknown())

export const messageIn = z
  .object({
    eventType: eventTypeName,
    payload: payload.describe('Arrives at endpoints byte for byte as it is written here'),
    eventId: uid.nullish().describe('Your own id of the event; a second message with it is refused'),
    channels: channels.nullish(),
    tags: uniqueArray(tag, 0, 5).nullish(),
    deliverAt: dateTime.nullish().describe('Not delivered before'),
    payloadRetentionPeriod: z
      .int()
      .min(1)
      .max(90)
      .nullish()
      .describe('Days that the payload is kept; 90 by default'),
    payloadRetentionHours: z.int().min(1).max(2_160).nullish(),
    application: applicationIn.nullish().describe('Creates the application where it is missing'),
    transformationsParams: z
      .record(z.string(), z.unknown())
      .nullish()
      .describe(
        'The text `rawPayload` is sent instead of the payload, as the type that `headers` names as `content-type`',
      ),
  })
  .meta({ id: 'MessageIn' })

export const messageShown = {
  id: z.string(),
  eventType: z.string(),
  eventId: z.string().nullable().optional(),
  channels: z.array(z.string()).nullable().optional(),
  tags: z.array(z.string()).nullable().optional(),
  deliverAt: dateTime.nullable().optional(),
  payload: payload.describe(
    'Byte for byte as it was published; `{}` without content, `{"expired":true}` once it is gone, and a raw text that is no JSON object as `{"rawPayload": …}`',
  ),
  timestamp: dateTime,
}

export const messageOut = z.object(messageShown).meta({ id: 'MessageOut' })
export const messageList = listOf(messageOut, 'ListResponse_MessageOut_')

export const messageRawPayloadOut = z
  .object({
    payload: z.string().describe('The bytes that are sent: as text, or in base64 where they are none'),
    contentType: z.string(),
    encoding: z.enum(['utf8', 'base64']),
    expired: z.boolean().describe('Its time was over, or it was deleted: the payload is empty'),
  })
  .meta({ id: 'MessageRawPayloadOut' })

export const messagePrecheckIn = z
  .object({ eventType: eventTypeName, channels: channels.nullish() })
  .meta({ id: 'MessagePrecheckIn' })
export const messagePrecheckOut = z.object({ active: z.boolean() }).meta({ id: 'MessagePrecheckOut' })

export const messageSearchIn = z
  .object({
    limit: z.int().min(1).max(250).default(50),
    iterator: iteratorText.nullish().describe('Where the last page ended'),
    channel: channel.nullish(),
    tag: tag.nullish(),
    event_types: uniqueArray(eventTypeName, 0, null).nullish(),
    before: dateTime.nullish(),
    after: dateTime.nullish(),
    with_content: z.boolean().default(false),
  })
  .meta({ id: 'MessageSearchIn' })

export const maxBatchMessages = 1_000

export const messageBatchIn = z
  .object({
    messages: z.array(messageIn).min(1).max(maxBatchMessages),
    atomic: z.boolean().default(false).describe('All or none, instead of each by itself'),
  })
  .meta({ id: 'MessageBatchIn' })

export const messageBatchOut = z
  .object({
    data: z.array(
      z
        .object({
          status: z.enum(['accepted', 'rejected']),
          message: messageOut.optional(),
          error: httpErrorOut.optional(),
        })
        .meta({ id: 'MessageBatchResultOut' }),
    ),
  })
  .meta({ id: 'MessageBatchOut' })
