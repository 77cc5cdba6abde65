import { z } from 'zod'
import { dateTime, listOf, metadata, throttleRate, uid } from './common.ts'

const name = z.string().min(1).describe('For people')

export const applicationIn = z
  .object({
    name,
    uid: uid.nullish(),
    throttleRate: throttleRate.nullish().describe('Messages a second that may be published; beyond it 429'),
    metadata: metadata.default({}),
  })
  .meta({ id: 'ApplicationIn' })

export const applicationPatch = z
  .object({
    name: name.optional(),
    uid: uid.nullish(),
    throttleRate: throttleRate.nullish(),
    metadata: metadata.optional(),
  })
  .meta({ id: 'ApplicationPatch' })

export const applicationOut = z
  .object({
    id: z.string(),
    uid: uid.nullable().optional(),
    name: z.string(),
    throttleRate: z.int().nullable().optional(),
    metadata,
    createdAt: dateTime,
    updatedAt: dateTime,
  })
  .meta({ id: 'ApplicationOut' })

export const applicationList = listOf(applicationOut, 'ListResponse_ApplicationOut_')
export const activeAppCount = z.object({ count: z.int() }).meta({ id: 'ActiveAppCount' })
