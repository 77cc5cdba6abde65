import { z } from 'zod'
import { attemptStanding } from './attempt.ts'
import { dateTime } from './common.ts'

const id = z.string()
const uid = z.string().nullable()
const createdAt = dateTime

export const searchOut = z
  .object({
    applications: z.array(z.object({ id, uid, name: z.string(), createdAt })),
    endpoints: z.array(
      z.object({
        id,
        uid,
        appId: id,
        appName: z.string(),
        appUid: uid,
        url: z.string(),
        description: z.string(),
        disabled: z.boolean(),
        failingSince: dateTime.nullable(),
        createdAt,
      }),
    ),
    messages: z.array(
      z.object({ id, appId: id, eventType: z.string(), eventId: z.string().nullable(), createdAt }),
    ),
    attempts: z.array(
      z.object({
        id,
        appId: id,
        msgId: id,
        endpointId: id,
        url: z.string(),
        ...attemptStanding,
        responseStatusCode: z.int(),
        createdAt,
      }),
    ),
    eventTypes: z.array(
      z.object({
        name: z.string(),
        description: z.string(),
        archived: z.boolean(),
        deprecated: z.boolean(),
        createdAt,
      }),
    ),
    sources: z.array(z.object({ id, uid, name: z.string(), type: z.string(), appId: id, createdAt })),
  })
  .meta({ id: 'SearchOut' })
