const epochMs = 1_400_000_000_000
const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
/** Of a KSUID, beside the five bytes of the time. */
const randomBits = 15n * 8n
const unitMs = 4

/** When something was made, by its id: a prefix and a KSUID whose time counts in 4 ms. Null where it is no such id. */
export function idInstant(id: string): number | null {
  const found = /^[a-z]+_([0-9A-Za-z]{27})$/.exec(id)
  if (found?.[1] === undefined) return null
  const value = Array.from(found[1]).reduce((sum, digit) => sum * 62n + BigInt(alphabet.indexOf(digit)), 0n)
  return epochMs + Number(value >> randomBits) * unitMs
}
