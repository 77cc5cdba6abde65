import type { RecordedAttempt } from '#core/attempt.ts'
import { readExchange } from '#core/exchange.ts'
import type { Message } from '#core/message.ts'

/** The headers of an attempt as the API shows them: repeated ones that were sent are one (RFC 9110 §5.3). */
export function showExchange(
  { exchange, startedAt }: Pick<RecordedAttempt, 'exchange' | 'startedAt'>,
  message: Pick<Message, 'id' | 'contentType' | 'received'>,
) {
  if (exchange === null) {
    return {
      sentHeaders: {},
      responseHeaders: null,
      sensitive: [],
      omittedSentHeaders: 0,
      omittedResponseHeaders: 0,
    }
  }
  const { sent, sensitive, answered, omittedSent, omittedAnswered } = readExchange(
    exchange,
    { startedAt },
    message,
  )
  const joined = new Map<string, string>()
  for (const [name, value] of sent) {
    const before = joined.get(name)
    joined.set(name, before === undefined ? value : `${before}, ${value}`)
  }
  return {
    sentHeaders: Object.fromEntries(joined),
    responseHeaders: answered,
    sensitive,
    omittedSentHeaders: omittedSent,
    omittedResponseHeaders: omittedAnswered,
  }
}
