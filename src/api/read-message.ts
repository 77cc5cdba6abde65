import { Ajv2020 } from 'ajv/dist/2020.js'
import { z } from 'zod'
import { Rejected } from '#core/errors.ts'
import { fieldProblems } from './problem.ts'
import { messageIn } from './schemas/message.ts'

export type MessageBody = z.infer<typeof messageIn>

const maxProblems = 100

/**
 * Publishing is what the server does most. The schema copies a payload key by key (11 µs for a hundred keys, where all
 * the rest of a request takes 30 µs): this is compiled from it, with the payload's inside left alone. It only says that
 * a message is right; what is wrong with one that is not, the schema itself says.
 */
const isRight = new Ajv2020({
  useDefaults: true,
  strict: false,
  formats: { 'date-time': true },
}).compile<MessageBody>(
  z.toJSONSchema(z.object({ ...messageIn.shape, payload: z.looseObject({}) }), { io: 'input' }),
)

/**
 * A message as it was sent. Throws `Rejected` naming each field that is not as it must be.
 *
 * @param loc where the message stands in the request
 */
export function readMessage(value: unknown, loc: readonly string[]): MessageBody {
  if (isRight(value)) return value
  const { payload } = (value ?? {}) as { readonly payload?: unknown }
  const isObject = typeof payload === 'object' && payload !== null && !Array.isArray(payload)
  const result = messageIn.safeParse(isObject ? { ...(value as object), payload: {} } : value)
  if (result.success) return { ...result.data, payload: payload as MessageBody['payload'] }
  const root = loc.at(-1) ?? 'body'
  throw new Rejected('invalid', 'validation_error', 'The message is not valid', {
    problems: fieldProblems(root, result.error.issues.slice(0, maxProblems)).map((each) => ({
      ...each,
      loc: [...loc.slice(0, -1), ...each.loc],
    })),
  })
}
