import { z } from 'zod'
import { dateTime, listOf } from './common.ts'
import { endpointShown } from './endpoint.ts'
import { messageOut, messageShown } from './message.ts'

const messageStatus = z
  .union([z.literal(0), z.literal(1), z.literal(2), z.literal(3), z.literal(4)])
  .describe('0 success, 1 pending, 2 fail, 3 sending, 4 canceled')
  .meta({ id: 'MessageStatus' })
const messageStatusText = z
  .enum(['success', 'pending', 'fail', 'sending', 'canceled'])
  .meta({ id: 'MessageStatusText' })
const triggerType = z
  .union([z.literal(0), z.literal(1)])
  .describe('0 by the schedule, 1 by hand')
  .meta({ id: 'MessageAttemptTriggerType' })

export const attemptStanding = { status: messageStatus, statusText: messageStatusText }

export const messageAttemptOut = z
  .object({
    id: z.string(),
    msgId: z.string(),
    endpointId: z.string(),
    url: z.string(),
    ...attemptStanding,
    response: z.string().describe('The first 16 KiB of the answer; base64 where it is no text'),
    responseStatusCode: z.int().describe('0 where no answer came'),
    responseDurationMs: z.int(),
    triggerType,
    timestamp: dateTime,
    msg: messageOut.nullable().optional(),
  })
  .meta({ id: 'MessageAttemptOut' })
const count = z.int().min(0)
export const messageAttemptHeadersOut = z
  .object({
    sentHeaders: z
      .record(z.string(), z.string())
      .describe('Empty where nothing was sent, or nothing is recorded'),
    responseHeaders: z
      .array(z.array(z.string()).min(2).max(2))
      .nullable()
      .optional()
      .describe('Name and value of each; null where no whole answer came, or nothing is recorded'),
    sensitive: z.array(z.string()).describe('Names that were sent and whose values are not shown'),
    omittedSentHeaders: count.describe('How many of the endpoint’s own are left out beyond 4 KiB'),
    omittedResponseHeaders: count.describe('How many of the answer are left out beyond 4 KiB'),
  })
  .meta({ id: 'MessageAttemptHeadersOut' })
export const messageAttemptList = listOf(messageAttemptOut, 'ListResponse_MessageAttemptOut_')

const standing = {
  status: messageStatus,
  statusText: messageStatusText,
  nextAttempt: dateTime.nullable().optional(),
}

const endpointMessageOut = z.object({ ...messageShown, ...standing }).meta({ id: 'EndpointMessageOut' })
export const endpointMessageList = listOf(endpointMessageOut, 'ListResponse_EndpointMessageOut_')
const messageEndpointOut = z.object({ ...endpointShown, ...standing }).meta({ id: 'MessageEndpointOut' })
export const messageEndpointList = listOf(messageEndpointOut, 'ListResponse_MessageEndpointOut_')
export const attemptCountOut = z
  .object({ count: z.int(), approximated: z.boolean() })
  .meta({ id: 'CountOut' })
export const emptyResponse = z.object({}).meta({ id: 'EmptyResponse' })
