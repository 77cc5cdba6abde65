import { randomFillSync } from 'node:crypto'

/**
 * Identifiers are a prefix and a KSUID of millisecond resolution: 27 base62 characters over 20 bytes, of which the
 * first five are the time in units of 4 ms since 2014-05-13 and the rest is random. They sort by time roughly,
 * never exactly: where order matters, the store's sequence decides.
 */
export type IdPrefix = 'org_' | 'app_' | 'ep_' | 'msg_' | 'atmpt_' | 'evtype_' | 'qtask_' | 'src_' | 'log_'

const epochMs = 1_400_000_000_000
const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const bodyLength = 27
const randomBytes = 15

const pool = Buffer.allocUnsafe(randomBytes * 256)
let poolOffset = pool.length

function takeRandom(): number {
  if (poolOffset === pool.length) {
    randomFillSync(pool)
    poolOffset = 0
  }
  const at = poolOffset
  poolOffset += randomBytes
  return at
}

const words = new Uint32Array(5)
const digits = new Uint8Array(bodyLength)

/** Five 32-bit words, most significant first, as 27 base62 digits. Division by 62² takes two digits a pass. */
function encode(): string {
  let start = 0
  for (let position = bodyLength - 1; position >= 0; position -= 2) {
    let remainder = 0
    for (let index = start; index < 5; index++) {
      const value = remainder * 4_294_967_296 + (words[index] as number)
      words[index] = Math.floor(value / 3844)
      remainder = value % 3844
    }
    while (start < 4 && words[start] === 0) start++
    digits[position] = remainder % 62
    if (position > 0) digits[position - 1] = Math.floor(remainder / 62)
  }
  let text = ''
  for (let position = 0; position < bodyLength; position++) text += alphabet[digits[position] as number]
  return text
}

export function newId<P extends IdPrefix>(prefix: P, now: number): `${P}${string}` {
  const time = Math.floor((now - epochMs) / 4)
  const at = takeRandom()
  words[0] = Math.floor(time / 256) >>> 0
  words[1] = ((time % 256) << 24) | pool.readUIntBE(at, 3)
  words[2] = pool.readUInt32BE(at + 3)
  words[3] = pool.readUInt32BE(at + 7)
  words[4] = pool.readUInt32BE(at + 11)
  return `${prefix}${encode()}`
}

/** What the time of an id can count to: until 2153. */
const maxTime = 2 ** 40 - 1

/** Where ids of the instant begin: no id of an earlier one sorts behind it, and none of a later one before. */
export function leastId<P extends IdPrefix>(prefix: P, instant: number): `${P}${string}` {
  const time = Math.min(Math.max(Math.floor((instant - epochMs) / 4), 0), maxTime)
  words[0] = Math.floor(time / 256) >>> 0
  words[1] = (time % 256) << 24
  words.fill(0, 2)
  return `${prefix}${encode()}`
}

const bodyPattern = /^[0-9A-Za-z]{27}$/

export function isId(prefix: IdPrefix, text: string): boolean {
  return text.startsWith(prefix) && bodyPattern.test(text.slice(prefix.length))
}
