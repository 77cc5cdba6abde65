import { z } from 'zod'
import { dateTime, listOf, metadata } from './common.ts'

const name = z.string().min(2).max(256).describe('For people')
const uid = z
  .string()
  .min(1)
  .max(60)
  .regex(/^(?!src_)[a-zA-Z0-9_-]+$/)
  .describe('Your own identifier; usable wherever an id is')
const type = z
  .string()
  .min(1)
  .max(64)
  .describe('Who sends: the key of a provider, such as `github`, or `generic-webhook`')
const config = z
  .record(z.string(), z.unknown())
  .describe('What the provider’s scheme asks for, such as `secret`; never shown again')

export const sourceIn = z
  .object({ name, uid: uid.nullish(), metadata: metadata.default({}), type, config: config.nullish() })
  .meta({ id: 'IngestSourceIn' })

export const sourcePatch = z
  .object({
    name: name.optional(),
    uid: uid.nullish(),
    metadata: metadata.optional(),
    config: config.optional().describe('Replaces all of it; the type stays'),
  })
  .meta({ id: 'IngestSourcePatch' })

export const sourceOut = z
  .object({
    id: z.string(),
    uid: uid.nullable().optional(),
    name: z.string(),
    type,
    config: config.describe('What of it is no secret'),
    ingestUrl: z
      .string()
      .nullable()
      .optional()
      .meta({ format: 'uri' })
      .describe('Where the provider sends to'),
    appId: z.string().describe('The application that holds what it takes in'),
    metadata,
    createdAt: dateTime,
    updatedAt: dateTime,
  })
  .meta({ id: 'IngestSourceOut' })

export const sourceList = listOf(sourceOut, 'ListResponse_IngestSourceOut_')

export const rotateTokenOut = z.object({ ingestUrl: z.string() }).meta({ id: 'RotateTokenOut' })

const logOut = z
  .object({
    id: z.string(),
    source_id: z.string(),
    status_code: z.int().describe('What it was answered'),
    error_code: z.string().describe('Why, as a word that stays the same'),
    error_text: z.string().describe('Why'),
    headers: z.record(z.string(), z.string()),
    payload: z.string().describe('The beginning of its body'),
    created_at: dateTime,
    updated_at: dateTime,
  })
  .meta({ id: 'IngestLogOut' })

export const logList = listOf(logOut, 'ListResponse_IngestLogOut_')

export const transformationOut = z
  .object({
    code: z.string().nullable().optional(),
    enabled: z.boolean().optional(),
    variables: z.record(z.string(), z.string()).nullable().optional(),
  })
  .meta({ id: 'IngestEndpointTransformationOut' })

export const transformationPatch = z
  .object({
    code: z.string().max(51_200).nullish(),
    enabled: z.boolean().optional(),
    variables: z.record(z.string(), z.string()).nullish(),
  })
  .meta({ id: 'IngestEndpointTransformationPatch' })
