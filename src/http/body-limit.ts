import { isUtf8 } from 'node:buffer'

const maxResponseBytes = 16 * 1024

/** Gathers a response up to the limit; what comes behind it is dropped. */
export class BoundedBody {
  #chunks: Buffer[] | null = null
  #length = 0

  /** @returns whether the limit is reached, so that nothing more is of use */
  add(chunk: Buffer): boolean {
    const room = maxResponseBytes - this.#length
    const part = chunk.length > room ? chunk.subarray(0, room) : chunk
    this.#chunks ??= []
    this.#chunks.push(part)
    this.#length += part.length
    return chunk.length > room
  }

  /** As text; bytes that are not UTF-8 as base64. A character that the limit cuts in two is left out. */
  text(): string {
    if (this.#chunks === null) return ''
    const whole = this.#chunks.length === 1 ? (this.#chunks[0] as Buffer) : Buffer.concat(this.#chunks)
    if (isUtf8(whole)) return whole.toString('utf8')
    for (let cut = 1; cut < 4 && this.#length === maxResponseBytes; cut++) {
      const shorter = whole.subarray(0, whole.length - cut)
      if (isUtf8(shorter)) return shorter.toString('utf8')
    }
    return whole.toString('base64')
  }
}
