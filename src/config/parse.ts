import { isIP } from 'node:net'

/** A value, or what is accepted instead. */
type Parsed<T> = { readonly value: T } | { readonly accepted: string }

/** Reads one option's text. */
export type Parser<T> = (text: string) => Parsed<T>

const value = <T>(parsed: T): Parsed<T> => ({ value: parsed })

export function integer(min: number, max: number): Parser<number> {
  const accepted = `a whole number from ${min} to ${max}`
  return (text) => {
    if (!/^\d{1,15}$/.test(text)) return { accepted }
    const parsed = Number(text)
    return parsed < min || parsed > max ? { accepted } : value(parsed)
  }
}

export function number(min: number, max: number): Parser<number> {
  const accepted = `a number from ${min} to ${max}`
  return (text) => {
    if (!/^\d{1,15}(\.\d+)?$/.test(text)) return { accepted }
    const parsed = Number(text)
    return parsed < min || parsed > max ? { accepted } : value(parsed)
  }
}

export function oneOf<const T extends string>(...words: readonly T[]): Parser<T> {
  return (text) => {
    const word = words.find((each) => each.toLowerCase() === text.toLowerCase())
    return word === undefined ? { accepted: `one of ${words.join(', ')}` } : value(word)
  }
}

export const boolean: Parser<boolean> = (text) => {
  if (/^(true|1|yes|on)$/i.test(text)) return value(true)
  if (/^(false|0|no|off)$/i.test(text)) return value(false)
  return { accepted: 'true or false' }
}

export const text: Parser<string> = (given) =>
  given === '' ? { accepted: 'a text that is not empty' } : value(given)

export interface ListenAddress {
  readonly host: string
  readonly port: number
}

export const listenAddress: Parser<ListenAddress> = (given) => {
  const accepted = 'host:port, such as 127.0.0.1:8071 or [::1]:8071'
  const [, bracketed, plain, port] = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]\s]+)):(\d{1,5})$/.exec(given) ?? []
  const host = bracketed ?? plain
  if (host === undefined || Number(port) > 65_535) return { accepted }
  if (bracketed !== undefined && isIP(bracketed) !== 6) return { accepted }
  return value({ host, port: Number(port) })
}

export const url: Parser<string> = (given) => {
  const parsed = URL.canParse(given) ? new URL(given) : null
  if (parsed === null || !/^https?:$/.test(parsed.protocol))
    return { accepted: 'an absolute URL, http or https' }
  return value(given.replace(/\/+$/, ''))
}

export const postgresUrl: Parser<string> = (given) => {
  const parsed = URL.canParse(given) ? new URL(given) : null
  return parsed !== null && /^postgres(ql)?:$/.test(parsed.protocol) && parsed.host !== ''
    ? value(given)
    : { accepted: 'a URL, such as postgres://user:password@host:5432/database' }
}

/** Comma-separated; the empty text is the empty list. */
function listOf<T>(item: Parser<T>, accepted: string): Parser<readonly T[]> {
  return (given) => {
    if (given.trim() === '') return value([])
    const items: T[] = []
    for (const part of given.split(',')) {
      const parsed = item(part.trim())
      if ('accepted' in parsed) return { accepted }
      items.push(parsed.value)
    }
    return value(items)
  }
}

const subnet: Parser<string> = (given) => {
  const [address = '', prefix, ...rest] = given.split('/')
  const version = isIP(address)
  const isPrefix =
    prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= (version === 4 ? 32 : 128))
  return version === 0 || !isPrefix || rest.length > 0 || address.includes('%')
    ? { accepted: 'a CIDR' }
    : value(given)
}

export const subnets = listOf(subnet, 'CIDRs separated by commas, such as 127.0.0.0/8,fd00::/8')

const origin: Parser<string> = (given) => {
  const isOrigin = URL.canParse(given) && new URL(given).origin === given.replace(/\/$/, '')
  return isOrigin && /^https?:/.test(given) ? value(new URL(given).origin) : { accepted: 'an origin' }
}

export const origins = listOf(origin, 'origins separated by commas, such as https://app.example.com')

const nameServer: Parser<string> = (given) => {
  const [, bracketed, plain, port] = /^(?:\[([0-9a-fA-F:.]+)\]|([0-9.]+))(?::(\d{1,5}))?$/.exec(given) ?? []
  const version = isIP(bracketed ?? plain ?? given)
  const isWrong = version === 0 || (bracketed !== undefined && version !== 6)
  const isPort = port === undefined || (Number(port) >= 1 && Number(port) <= 65_535)
  return isWrong || !isPort || given.includes('%') ? { accepted: 'an address' } : value(given)
}

export const nameServers = listOf(nameServer, 'addresses separated by commas, each with an optional port')

const seconds: Parser<number> = (given) => {
  const parsed = number(0, 30 * 86_400)(given)
  return 'accepted' in parsed ? parsed : value(Math.round(parsed.value * 1000))
}

/** Seconds in, milliseconds out. */
export const schedule = listOf(seconds, 'seconds separated by commas, such as 5,300,1800; empty for no retry')

/** 32 bytes. */
export const encryptionKey: Parser<Buffer> = (given) => {
  const bytes = Buffer.from(given, 'base64')
  return /^[A-Za-z0-9+/]+={0,2}$/.test(given) && bytes.length === 32
    ? value(bytes)
    : { accepted: 'base64 of 32 bytes' }
}
