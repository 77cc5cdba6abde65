import { z } from 'zod'
import { dateTime, eventTypeName, listOf, uniqueArray, uidPattern } from './common.ts'

const groupName = z.string().max(256).regex(uidPattern)
const featureFlag = z.string().max(256).regex(uidPattern)
const schemas = z.record(z.string(), z.unknown()).describe('JSON Schemas by version')
const featureFlags = uniqueArray(featureFlag, 1, null).describe(
  'Shown only to portal tokens that carry one of them',
)

const described = {
  description: z.string(),
  archived: z.boolean().default(false),
  deprecated: z.boolean().default(false),
  schemas: schemas.nullish(),
  groupName: groupName.nullish(),
  featureFlags: featureFlags.nullish(),
  featureFlag: featureFlag.nullish().meta({ deprecated: true }),
}

export const eventTypeIn = z.object({ name: eventTypeName, ...described }).meta({ id: 'EventTypeIn' })
export const eventTypeUpdate = z.object(described).meta({ id: 'EventTypeUpdate' })
export const eventTypePatch = z
  .object({
    description: z.string().optional(),
    archived: z.boolean().optional(),
    deprecated: z.boolean().optional(),
    schemas: schemas.nullish(),
    groupName: groupName.nullish(),
    featureFlags: featureFlags.nullish(),
    featureFlag: featureFlag.nullish().meta({ deprecated: true }),
  })
  .meta({ id: 'EventTypePatch' })

export const eventTypeOut = z
  .object({
    name: z.string(),
    description: z.string(),
    archived: z.boolean().optional(),
    deprecated: z.boolean(),
    schemas: schemas.nullable().optional(),
    groupName: z.string().nullable().optional(),
    featureFlags: z.array(z.string()).nullable().optional(),
    featureFlag: z.string().nullable().optional().meta({ deprecated: true }),
    createdAt: dateTime,
    updatedAt: dateTime,
  })
  .meta({ id: 'EventTypeOut' })

export const eventTypeList = listOf(eventTypeOut, 'ListResponse_EventTypeOut_')

export const eventTypeImportOpenApiIn = z
  .object({
    dryRun: z.boolean().default(false).describe('Answers what would change, and changes nothing'),
    replaceAll: z.boolean().default(false).describe('Archives what the document does not describe'),
    spec: z.record(z.string(), z.unknown()).nullish().describe('The document'),
    specRaw: z.string().nullish().describe('The document as text: JSON, or YAML'),
  })
  .meta({ id: 'EventTypeImportOpenApiIn' })

const eventTypeFromOpenApi = z
  .object({
    name: z.string(),
    description: z.string(),
    schemas: schemas.nullable().optional(),
    deprecated: z.boolean(),
    archived: z.boolean().optional(),
    groupName: z.string().nullable().optional(),
    featureFlags: z.array(z.string()).nullable().optional(),
  })
  .meta({ id: 'EventTypeFromOpenApi' })

export const eventTypeImportOpenApiOut = z
  .object({
    data: z
      .object({
        modified: z.array(z.string()).describe('Names of those that were created, changed or archived'),
        to_modify: z
          .array(eventTypeFromOpenApi)
          .nullable()
          .optional()
          .describe('Of a dry run: as they would be; null otherwise'),
      })
      .meta({ id: 'EventTypeImportOpenApiOutData' }),
  })
  .meta({ id: 'EventTypeImportOpenApiOut' })

const duration = z
  .object({
    secs: z
      .int()
      .min(0)
      .max(30 * 86_400),
    nanos: z.int().min(0).max(999_999_999),
  })
  .meta({ id: 'Duration' })
export const retryScheduleInOut = z
  .object({ retrySchedule: z.array(duration).max(50).nullish() })
  .meta({ id: 'RetryScheduleInOut' })
