import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  createSecretKey,
  type KeyObject,
  randomBytes,
} from 'node:crypto'

/** AES-256-GCM over small texts; the place they belong to is authenticated, so that no sealed text can be moved. */
export interface Vault {
  /** @param place what the text belongs to, such as an endpoint's id */
  seal(text: string, place: string): string
  /** Throws when the text was not sealed by this key for this place. */
  open(sealed: string, place: string): string
  /** A number as 22 characters that tell nothing but whether two are the same. @param place what it belongs to */
  mask(number: number, place: string): string
  /** Null where the text was not made by this key for this place. */
  unmask(masked: string, place: string): number | null
}

const ivLength = 12
const tagLength = 16
const blockLength = 16
const tagHalf = 8

/** @param key 32 bytes */
export function createVault(key: Buffer): Vault {
  const secret: KeyObject = createSecretKey(key)
  const numbers = createHmac('sha256', secret).update('numbers').digest()
  return {
    seal(text, place) {
      const iv = randomBytes(ivLength)
      const cipher = createCipheriv('aes-256-gcm', secret, iv)
      cipher.setAAD(Buffer.from(place))
      const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
      return Buffer.concat([iv, cipher.getAuthTag(), body]).toString('base64')
    },
    open(sealed, place) {
      const bytes = Buffer.from(sealed, 'base64')
      const decipher = createDecipheriv('aes-256-gcm', secret, bytes.subarray(0, ivLength), {
        authTagLength: tagLength,
      })
      decipher.setAAD(Buffer.from(place))
      decipher.setAuthTag(bytes.subarray(ivLength, ivLength + tagLength))
      return Buffer.concat([
        decipher.update(bytes.subarray(ivLength + tagLength)),
        decipher.final(),
      ]).toString('utf8')
    },
    // One block of AES: half of it the place, so that a text made up fits none, but for once in 2^64.
    mask(number, place) {
      const block = Buffer.alloc(blockLength)
      tagOf(place).copy(block)
      block.writeBigUInt64BE(BigInt(number), tagHalf)
      const cipher = createCipheriv('aes-256-ecb', numbers, null).setAutoPadding(false)
      return Buffer.concat([cipher.update(block), cipher.final()]).toString('base64url')
    },
    unmask(masked, place) {
      const bytes = Buffer.from(masked, 'base64url')
      if (bytes.length !== blockLength || bytes.toString('base64url') !== masked) return null
      const decipher = createDecipheriv('aes-256-ecb', numbers, null).setAutoPadding(false)
      const block = Buffer.concat([decipher.update(bytes), decipher.final()])
      return block.subarray(0, tagHalf).equals(tagOf(place)) ? Number(block.readBigUInt64BE(tagHalf)) : null
    },
  }
}

function tagOf(place: string): Buffer {
  return createHash('sha256').update(place).digest().subarray(0, tagHalf)
}
