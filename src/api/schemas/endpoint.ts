import { z } from 'zod'
import {
  channel,
  channels,
  dateTime,
  eventTypeName,
  listOf,
  metadata,
  throttleRate,
  uid,
  uniqueArray,
} from './common.ts'

const url = z.string().min(1).max(65_536).describe('Where deliveries are posted to').meta({ format: 'uri' })
const eventTypes = uniqueArray(eventTypeName, 1, null).describe(
  'Takes only these event types; null takes all',
)
const headers = z.record(z.string(), z.string()).describe('Sent with each delivery')

/** Without an own pattern the reader says what is wrong with a key in plain words. */
const secretKey = z.string().max(200).meta({
  pattern: '^(whsec_|whsk_|whsk1_|whpk_|whpk1_)?[a-zA-Z0-9+/=]{32,100}$',
})

const successRule = z
  .object({
    statusCodes: z
      .array(z.int().min(100).max(599))
      .min(1)
      .max(50)
      .optional()
      .describe('Count as delivered, instead of every 2xx'),
    body: z
      .union([
        z
          .object({ contains: z.string().min(1).max(1_024) })
          .meta({ title: 'Text that the answer must hold' }),
        z
          .object({
            pointer: z
              .string()
              .max(1_024)
              .regex(/^(\/.*)?$/s)
              .describe('JSON Pointer, RFC 6901'),
            equals: z.union([z.string().max(1_024), z.number(), z.boolean(), z.null()]),
          })
          .meta({ title: 'JSON value that the answer must have' }),
      ])
      .optional(),
  })
  .describe('Narrows what counts as a delivery; all given parts must hold')
  .meta({ id: 'SuccessRule' })

const retrySchedule = z
  .array(
    z
      .number()
      .min(0)
      .max(30 * 86_400),
  )
  .max(50)
  .describe(
    'Seconds to wait before each further attempt; empty for none, null for the event type’s or the server’s',
  )

const own = { retrySchedule: retrySchedule.nullish(), successRule: successRule.nullish() }

const settings = {
  url,
  uid: uid.nullish(),
  description: z.string().default(''),
  throttleRate: throttleRate.nullish().describe('Deliveries a second; what exceeds it waits'),
  disabled: z.boolean().default(false),
  eventTypes: eventTypes.nullish(),
  filterTypes: eventTypes.nullish().meta({ deprecated: true, description: 'Older name of eventTypes' }),
  rateLimit: throttleRate.nullish().meta({ deprecated: true, description: 'Older name of throttleRate' }),
  channels: channels.nullish(),
  metadata: metadata.default({}),
  ...own,
}

export const endpointIn = z
  .object({ ...settings, secret: secretKey.nullish(), headers: headers.nullish() })
  .meta({ id: 'EndpointIn' })

export const endpointUpdate = z.object(settings).meta({ id: 'EndpointUpdate' })

const anyTypes = uniqueArray(eventTypeName, 0, null)

export const endpointPatch = z
  .object({
    url: url.optional(),
    uid: uid.nullish(),
    description: z.string().optional(),
    throttleRate: throttleRate.nullish(),
    rateLimit: throttleRate.nullish().meta({ deprecated: true }),
    disabled: z.boolean().optional(),
    eventTypes: anyTypes.nullish(),
    filterTypes: anyTypes.nullish().meta({ deprecated: true }),
    channels: uniqueArray(channel, 0, 10).nullish(),
    metadata: metadata.optional(),
    ...own,
  })
  .meta({ id: 'EndpointPatch' })

const shown = {
  id: z.string(),
  uid: uid.nullable().optional(),
  url: z.string(),
  description: z.string(),
  throttleRate: z.int().nullable().optional(),
  rateLimit: z.int().nullable().optional().meta({ deprecated: true }),
  disabled: z.boolean().optional(),
  disabledReason: z.enum(['operator', 'failing', 'gone']).nullable().optional(),
  failingSince: dateTime
    .nullable()
    .optional()
    .describe('Since when no delivery to it has succeeded; null while they do'),
  eventTypes: z.array(z.string()).nullable().optional(),
  filterTypes: z.array(z.string()).nullable().optional().meta({ deprecated: true }),
  channels: z.array(z.string()).nullable().optional(),
  retrySchedule: z.array(z.number()).nullable().optional(),
  successRule: successRule.nullable().optional(),
  createdAt: dateTime,
  updatedAt: dateTime,
}

export const endpointOut = z.object({ ...shown, metadata }).meta({ id: 'EndpointOut' })
export const endpointList = listOf(endpointOut, 'ListResponse_EndpointOut_')
export const endpointShown = shown

const ofApplication = {
  appId: z.string(),
  appName: z.string(),
  appUid: z.string().nullable(),
}
const ownedEndpointOut = z
  .object({ ...shown, metadata, ...ofApplication })
  .meta({ id: 'EndpointOfApplicationOut' })
export const ownedEndpointList = listOf(ownedEndpointOut, 'ListResponse_EndpointOfApplicationOut_')

export const endpointHeadersIn = z.object({ headers }).meta({ id: 'EndpointHeadersIn' })
export const endpointHeadersPatchIn = z
  .object({
    headers: z.record(z.string(), z.string().nullable()).describe('A null takes the header away'),
    deleteHeaders: z.array(z.string()).default([]),
  })
  .meta({ id: 'EndpointHeadersPatchIn' })
export const endpointHeadersOut = z
  .object({ headers, sensitive: z.array(z.string()).describe('Names whose values are not shown') })
  .meta({ id: 'EndpointHeadersOut' })

export const endpointSecretOut = z.object({ key: z.string() }).meta({ id: 'EndpointSecretOut' })
export const endpointSecretRotateIn = z
  .object({
    key: secretKey.nullish().describe('The new secret; made where it is absent'),
    gracePeriodSeconds: z
      .int()
      .min(0)
      .max(604_800)
      .nullish()
      .describe('For how long the old secret signs too; a day by default'),
  })
  .meta({ id: 'EndpointSecretRotateIn' })

export const endpointStats = z
  .object({ success: z.int(), pending: z.int(), sending: z.int(), fail: z.int(), canceled: z.int() })
  .meta({ id: 'EndpointStats' })

export const recoverIn = z.object({ since: dateTime, until: dateTime.nullish() }).meta({ id: 'RecoverIn' })
export const replayIn = z.object({ since: dateTime, until: dateTime.nullish() }).meta({ id: 'ReplayIn' })
export const bulkReplayIn = z
  .object({
    since: dateTime,
    until: dateTime.nullish(),
    eventTypes: anyTypes.nullish(),
    channel: z.string().max(128).nullish(),
    tag: z.string().max(128).nullish(),
    status: z.union([z.literal(0), z.literal(1), z.literal(2), z.literal(3), z.literal(4)]).nullish(),
    statusCodeClass: z
      .union([z.literal(0), z.literal(100), z.literal(200), z.literal(300), z.literal(400), z.literal(500)])
      .nullish(),
  })
  .meta({ id: 'BulkReplayIn' })
export const cancelMsgsIn = z.object({ createdBefore: dateTime }).meta({ id: 'CancelMsgsIn' })
export const eventExampleIn = z
  .object({ eventType: eventTypeName, exampleIndex: z.int().min(0).default(0) })
  .meta({ id: 'EventExampleIn' })
