import { isUtf8 } from 'node:buffer'

const maxResponseBytes = 16 * 1024
/** So much is read, so that the socket can be used again: a page of HTML costs less than a new connection. */
const maxReadBytes = 64 * 1024

/** Gathers the beginning of a response, 16 KiB unless more is asked for; what comes behind is dropped. */
export class BoundedBody {
  readonly #maxBytes: number
  #chunks: Buffer[] | null = null
  #length = 0
  #bytesRead = 0
  #maxReadBytes: number

  constructor(maxBytes = maxResponseBytes) {
    this.#maxBytes = maxBytes
    this.#maxReadBytes = Math.max(maxReadBytes, maxBytes)
  }

  /** What the other side says the length will be: no more is read of a body that is too long anyway. */
  announce(length: number): void {
    if (length > this.#maxReadBytes) this.#maxReadBytes = this.#maxBytes
  }

  /** @returns whether more came, or will come, than is read of a body: reading on is of no use */
  add(chunk: Buffer): boolean {
    this.#bytesRead += chunk.length
    const room = this.#maxBytes - this.#length
    if (room > 0) {
      const part = chunk.length > room ? chunk.subarray(0, room) : chunk
      this.#chunks ??= []
      this.#chunks.push(part)
      this.#length += part.length
    }
    return this.#bytesRead > this.#maxReadBytes
  }

  /**
   * As text; bytes that are not UTF-8, or hold U+0000, which not every store can, as base64. A character that the limit
   * cuts in two is left out.
   */
  text(): string {
    if (this.#chunks === null) return ''
    const whole = this.#chunks.length === 1 ? (this.#chunks[0] as Buffer) : Buffer.concat(this.#chunks)
    if (whole.includes(0)) return whole.toString('base64')
    if (isUtf8(whole)) return whole.toString('utf8')
    for (let cut = 1; cut < 4 && this.#length === this.#maxBytes; cut++) {
      const shorter = whole.subarray(0, whole.length - cut)
      if (isUtf8(shorter)) return shorter.toString('utf8')
    }
    return whole.toString('base64')
  }
}
