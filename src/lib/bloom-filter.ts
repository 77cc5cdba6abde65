/** Bits that are set for each entry: with 16 bits of room an entry, 1 of 400 others is taken for one that is held. */
const probes = 4
const bitsEach = 16

/** Tells what certainly was not added, by its 53-bit hash, at 2 bytes an entry. */
export class BloomFilter {
  readonly bytes: Uint8Array
  readonly #mask: number

  /** @param bytes of an earlier filter: a power of two of them */
  constructor(bytes: Uint8Array) {
    this.bytes = bytes
    this.#mask = bytes.length * 8 - 1
  }

  static ofCapacity(entries: number): BloomFilter {
    return new BloomFilter(new Uint8Array(2 ** Math.ceil(Math.log2(Math.max(1, (entries * bitsEach) / 8)))))
  }

  add(hash: number): void {
    const low = (hash % 4_294_967_296) | 0
    const step = stepOf(hash)
    for (let probe = 0; probe < probes; probe++) {
      const bit = (low + probe * step) & this.#mask
      this.bytes[bit >>> 3] = (this.bytes[bit >>> 3] as number) | (1 << (bit & 7))
    }
  }

  mayHold(hash: number): boolean {
    const low = (hash % 4_294_967_296) | 0
    const step = stepOf(hash)
    for (let probe = 0; probe < probes; probe++) {
      const bit = (low + probe * step) & this.#mask
      if (((this.bytes[bit >>> 3] as number) & (1 << (bit & 7))) === 0) return false
    }
    return true
  }
}

/** Odd, so that the bits of an entry differ. */
function stepOf(hash: number): number {
  return Math.floor(hash / 4_294_967_296) * 2 + 1
}
