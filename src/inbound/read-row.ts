import { z } from 'zod'
import { type FieldProblem, Rejected } from '#core/errors.ts'
import { noContent } from './providers/common.ts'
import { handshakeNames, type Place, type ProviderRow } from './row.ts'
import { partsOf } from './template.ts'

const one = String.raw`(?:(?:header|query|form|field):[A-Za-z0-9_.-]{1,100}|body:[^\s|{}]{1,200})`
const placeForm = new RegExp(`^${one}(?:\\|${one})?$`)

const place = z
  .string()
  .regex(
    placeForm,
    'must be header:NAME, query:NAME, form:NAME, field:NAME or body:PATH, or two joined with |',
  )
  .transform((text) => text as Place)

const words = new Set(['body', 'url', 'url:hubspot', 'method', 'timestamp'])

/** @param more further words that may stand in braces */
const template = (more: readonly string[] = []) =>
  z
    .string()
    .max(1_000)
    .superRefine((text, context) => {
      const names = partsOf(text).flatMap((part) => (part.kind === 'name' ? [part.name] : []))
      for (const name of names) {
        if (words.has(name) || more.includes(name) || placeForm.test(name)) continue
        context.addIssue({ code: 'custom', message: `{${name}} is nothing that can be signed` })
      }
      if (!names.includes('body')) {
        context.addIssue({
          code: 'custom',
          message: 'must hold {body}: otherwise the body could be anything',
        })
      }
      for (const word of more) {
        if (!names.includes(word)) context.addIssue({ code: 'custom', message: `must hold {${word}}` })
      }
    })

const signature = z.strictObject({
  at: place,
  itemSeparator: z.string().min(1).max(3).optional(),
  prefix: z.string().min(1).max(40).optional(),
  encoding: z.enum(['hex', 'base64', 'base64url']),
})

const minute = 60_000
const toleranceMs = z
  .int()
  .min(1_000)
  .max(7 * 24 * 60 * minute)

const timestamp = z.strictObject({
  at: place,
  unit: z.enum(['s', 'ms', 'rfc3339']),
  toleranceMs: toleranceMs.default(5 * minute),
})

const hash = z.enum(['sha1', 'sha256', 'sha384', 'sha512'])
const secret = z.enum(['utf8', 'base64', 'hex', 'auto']).default('utf8')

const scheme = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('hmac'),
    signature,
    algorithm: z.union([hash, z.literal('by-prefix')]).default('sha256'),
    secret,
    signed: template().default('{body}'),
    timestamp: timestamp.optional(),
  }),
  z.strictObject({
    kind: z.literal('digest'),
    signature,
    algorithm: hash.default('sha256'),
    signed: template(['secret']),
    timestamp: timestamp.optional(),
  }),
  z.strictObject({
    kind: z.literal('standard'),
    secret: z.enum(['utf8', 'base64', 'hex', 'auto']).default('base64'),
    toleranceMs: toleranceMs.default(5 * minute),
  }),
  z.strictObject({
    kind: z.literal('public-key'),
    algorithm: z.enum(['ed25519', 'ecdsa-p256', 'rsa-sha256']),
    key: z.enum(['raw-hex', 'raw-base64', 'spki-base64', 'pem']),
    signature,
    signed: template().default('{body}'),
    timestamp: timestamp.optional(),
  }),
  z.strictObject({
    kind: z.literal('token'),
    accept: z
      .array(z.strictObject({ at: place, form: z.enum(['plain', 'bearer', 'basic']) }))
      .min(1)
      .max(4),
  }),
  z.strictObject({
    kind: z.literal('jwt'),
    at: place,
    algorithm: z.enum(['HS256', 'ES256']),
    secret: z.enum(['utf8', 'jwk']),
    issuer: z.string().min(1).max(200).optional(),
    maxAgeMs: toleranceMs.optional(),
    bodyHash: z
      .strictObject({ claim: z.string().min(1).max(100), encoding: z.enum(['hex', 'base64']) })
      .nullable(),
  }),
])

/** Not those that teach a secret or fetch anything: these belong to their own providers. */
const handshakes = handshakeNames.filter((name) => !['asana', 'notion', 'sns'].includes(name))

const row = z
  .strictObject({
    name: z.string().min(1).max(100).default('Own provider'),
    docs: z.string().max(500).default(''),
    scheme,
    id: z.array(place).min(1).max(4).nullable().default(null),
    eventType: place.nullable().default(null),
    handshakes: z.array(z.enum(handshakes)).max(4).optional(),
    format: z.literal('cloudevents').optional(),
    dedupeMs: z
      .int()
      .min(0)
      .max(90 * 24 * 60 * minute)
      .default(24 * 60 * minute),
    ack: z
      .strictObject({
        status: z.int().min(200).max(299),
        contentType: z
          .string()
          .regex(/^[\w.+-]+\/[\w.+-]+(; *[\w.-]+=[\w.-]+)*$/, 'must be a media type')
          .nullable()
          .default(null),
        body: z.string().max(1_000).default(''),
      })
      .default(noContent),
    deadlineMs: z.int().min(100).max(60_000).default(10_000),
  })
  .superRefine(({ scheme: each, dedupeMs }, context) => {
    const lacks = (path: readonly string[], message: string) =>
      context.addIssue({ code: 'custom', path: ['scheme', ...path], message })
    if (!('signed' in each)) return
    const isList = each.signature.itemSeparator !== undefined
    if (each.signature.at.includes('field:')) lacks(['signature', 'at'], 'must not be field: itself')
    if (each.signed.includes('{timestamp}') && each.timestamp === undefined) {
      lacks(['timestamp'], 'is required: {timestamp} stands in the template')
    }
    if (each.timestamp === undefined) return
    const isSigned = each.signed.includes('{timestamp}') || each.timestamp.at.startsWith('body:')
    if (!isSigned) lacks(['signed'], 'must hold {timestamp}: otherwise it could be changed')
    if (each.timestamp.at.startsWith('field:') && !isList) {
      lacks(['signature', 'itemSeparator'], 'is required: the timestamp is an item of the signature')
    }
    if (dedupeMs < 2 * each.timestamp.toleranceMs) {
      context.addIssue({
        code: 'custom',
        path: ['dedupeMs'],
        message: 'must be at least twice toleranceMs: an id forgotten sooner could be sent again',
      })
    }
  })

/**
 * A person's own description of a provider, as JSON. What is left out has a default.
 *
 * @param loc where the value stands in the request
 * @throws Rejected `invalid`, with one problem for each field that is wrong, named by its path
 */
export function readRow(value: unknown, loc: readonly string[] = ['body', 'config', 'row']): ProviderRow {
  const result = row.safeParse(value)
  if (result.success) return withoutUndefined(result.data) as ProviderRow
  const problems = result.error.issues.map((issue): FieldProblem => ({
    loc: [...loc, ...issue.path.map(String)],
    msg: issue.message,
    type: 'value_error',
  }))
  throw new Rejected('invalid', 'validation_error', problems[0]?.msg ?? 'is no row', { problems })
}

function withoutUndefined(data: object): unknown {
  return JSON.parse(JSON.stringify(data)) as unknown
}
