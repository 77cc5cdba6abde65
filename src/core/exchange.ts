import { isSensitiveHeader } from './custom-headers.ts'
import type { Received } from './message.ts'

/**
 * The headers of one attempt as its record keeps them, in one text:
 *
 *     webhook 0 v1,K5oZ…=           under which names it was signed, how many of its own headers were left out, signature
 *     user-agent: Posthorn/1.0      in the case and the order in which they were sent
 *     authorization                 a name alone: its value is shown to nobody
 *     /x-github-event               of a message that was received: not passed on, since the endpoint has set its own
 *
 *     2                             after an empty line, where an answer came: how many of its headers were left out
 *     content-type: text/plain
 *
 * What can never change is not in it: the content type and the headers that were received are the message's, which
 * loses them with its payload; id and time are known from the attempt. No header holds a line break (RFC 9110 §5.5).
 */

/** Under which names the signature is sent: Standard Webhooks' own, Svix's, or both. */
export type SignatureHeaders = 'webhook' | 'svix' | 'both'

type Headers = readonly (readonly [name: string, value: string])[]

export interface HeaderLines {
  readonly text: string
  /** Those that did not fit. */
  readonly omitted: number
}

/** Of what the endpoint has set, and of its answer each. Headers come with an octet for each character. */
export const maxHeaderCharacters = 4_096
const hidden = '(hidden)'

/**
 * @param headers name, value, name, value …; what does not fit is left out as a whole
 * @returns a line each, sensitive ones without their values
 */
export function sentLines(headers: readonly string[]): HeaderLines {
  let text = ''
  let omitted = 0
  for (let index = 0; index < headers.length; index += 2) {
    const name = headers[index] ?? ''
    const line = isSensitiveHeader(name) ? `${name}\n` : `${name}: ${headers[index + 1]}\n`
    if (text.length + line.length > maxHeaderCharacters) omitted++
    else text += line
  }
  return { text, omitted }
}

/** What was sent: the record's first part. `own` is what the endpoint has set, `replaced` what it thereby held back. */
export function sentText(
  signed: SignatureHeaders,
  signature: string,
  userAgent: string,
  own: HeaderLines,
  replaced: readonly string[],
): string {
  const text = `${signed} ${own.omitted} ${signature}\nuser-agent: ${userAgent}\n${own.text}`
  return replaced.length === 0 ? text : `${text}${replaced.map((name) => `/${name}\n`).join('')}`
}

/**
 * What was sent and what came back. Of the answer, 4 KiB are kept: headers that do not fit are left out as a whole,
 * and cookies and sensitive values are hidden.
 *
 * @param headers names in lower case, a list where one was repeated
 */
export function exchangeText(
  sent: string,
  headers: Readonly<Record<string, string | readonly string[] | undefined>>,
): string {
  let text = ''
  let omitted = 0
  const add = (name: string, value: string): void => {
    const isHidden = name === 'set-cookie' || isSensitiveHeader(name)
    const line = `${name}: ${isHidden ? hidden : value}\n`
    if (text.length + line.length > maxHeaderCharacters) omitted++
    else text += line
  }
  for (const name in headers) {
    const value = headers[name]
    if (typeof value === 'string') add(name, value)
    else if (value !== undefined) for (const each of value) add(name, each)
  }
  return `${sent}\n${omitted}\n${text}`
}

export interface Exchange {
  /** In the order in which they were sent. */
  readonly sent: Headers
  /** Names of those that were sent and whose values are shown to nobody. */
  readonly sensitive: readonly string[]
  readonly omittedSent: number
  /** Null where no answer came. */
  readonly answered: Headers | null
  readonly omittedAnswered: number
}

/** The headers of an attempt from its record, its time and its message. */
export function readExchange(
  text: string,
  attempt: { readonly startedAt: number },
  message: { readonly id: string; readonly contentType: string; readonly received: Received | null },
): Exchange {
  const end = text.indexOf('\n\n')
  const [first = '', ...own] = linesOf(end < 0 ? text : text.slice(0, end))
  const [signed = '', omittedSent = '', ...signature] = first.split(' ')
  const signing: Headers = [
    ['id', message.id],
    ['timestamp', String(Math.floor(attempt.startedAt / 1000))],
    ['signature', signature.join(' ')],
  ]
  const prefixes = signed === 'both' ? ['webhook', 'svix'] : [signed]
  const replaced = new Set(own.flatMap((line) => (line.startsWith('/') ? [line.slice(1)] : [])))
  const received = (message.received?.headers ?? []).filter(([name]) => !replaced.has(name))
  const [userAgent, ...custom] = own.flatMap(headerOf)
  const answer = end < 0 ? null : linesOf(text.slice(end + 2))
  return {
    sent: [
      ['content-type', message.contentType],
      ...(userAgent === undefined ? [] : [userAgent]),
      ...prefixes.flatMap((prefix) => signing.map(([name, value]) => [`${prefix}-${name}`, value] as const)),
      ...received,
      ...custom,
    ],
    sensitive: own.filter((line) => !line.startsWith('/') && !line.includes(':')),
    omittedSent: Number(omittedSent),
    answered: answer === null ? null : answer.slice(1).flatMap(headerOf),
    omittedAnswered: Number(answer?.[0] ?? 0),
  }
}

function linesOf(text: string): readonly string[] {
  return text.split('\n').filter((line) => line !== '')
}

function headerOf(line: string): Headers {
  const colon = line.indexOf(': ')
  return colon < 0 ? [] : [[line.slice(0, colon), line.slice(colon + 2)]]
}
