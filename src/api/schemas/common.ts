import { z } from 'zod'

/** Building blocks of all shapes. Bounds and patterns are those of the Svix API. */

export const uidPattern = /^[a-zA-Z0-9\-_.]+$/

/** An id or a uid in a path. */
export const reference = z.string().min(1).max(256).regex(uidPattern)

export const uid = reference.describe(
  'Your own identifier, unique among its siblings; usable wherever an id is',
)

export const dateTime = z.iso.datetime({ offset: true }).meta({ format: 'date-time' })

export const metadata = z.record(z.string(), z.string()).describe('Your own texts by your own names')

export const eventTypeName = z.string().min(1).max(256).regex(uidPattern)

export const channel = z
  .string()
  .min(1)
  .max(128)
  .regex(/^[a-zA-Z0-9\-_.:+]+$/)

export const tag = z
  .string()
  .min(1)
  .max(128)
  .regex(/^[a-zA-Z0-9\-_./\\#]+$/)

function isUnique(values: readonly unknown[]): boolean {
  return new Set(values).size === values.length
}

/** An array whose items all differ. */
export function uniqueArray<T extends z.ZodType>(item: T, min: number, max: number | null) {
  const bounded = max === null ? z.array(item) : z.array(item).max(max)
  return bounded.min(min).refine(isUnique, 'items must differ').meta({ uniqueItems: true })
}

export const channels = uniqueArray(channel, 1, 10)
export const throttleRate = z.int().min(1).max(65_535)

export function listOf<T extends z.ZodType>(item: T, id: string) {
  return z
    .object({
      data: z.array(item),
      iterator: z.string().nullable().describe('Give it as `iterator` for the next page'),
      prevIterator: z.string().nullable().optional().describe('Give it as `iterator` for the page before'),
      done: z.boolean().describe('Nothing follows'),
    })
    .meta({ id })
}

/** A query parameter that is true or false. */
export function queryBoolean(fallback: boolean) {
  return z
    .enum(['true', 'false'])
    .default(fallback ? 'true' : 'false')
    .transform((text) => text === 'true')
    .meta({ type: 'boolean', default: fallback })
}

/** A query parameter that is repeated, or holds several values separated by commas. */
export function queryList<T extends z.ZodType<string>>(item: T) {
  return z.preprocess(
    (given) =>
      given === undefined
        ? undefined
        : (Array.isArray(given) ? given : [given]).flatMap((each) =>
            typeof each === 'string' ? each.split(',') : [each],
          ),
    z.array(item).optional(),
  )
}

export const limit = z.coerce.number().int().min(1).max(250).default(50).meta({ type: 'integer' })
export const iteratorText = z
  .string()
  .max(257)
  .regex(/^[a-zA-Z0-9\-_.]*$/)
export const iterator = iteratorText.optional().describe('Where the last page ended')
export const order = z.enum(['ascending', 'descending'])
