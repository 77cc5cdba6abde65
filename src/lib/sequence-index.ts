/**
 * Finds sequences by the hash of a text, at 32 bytes an entry: an open table that is never more than half full when it
 * holds its capacity. Texts whose hashes are equal are told apart by whoever asks. Nothing is ever taken out; the table
 * is dropped as a whole.
 *
 * Entries lie in the order of their hashes' places, so that the table can be written away in buckets, one after the
 * other, without being sorted.
 */
export class SequenceIndex {
  readonly #hashes: Float64Array
  readonly #sequences: Float64Array
  readonly #mask: number
  readonly #shift: number
  readonly capacity: number
  size = 0

  constructor(capacity: number) {
    const bits = Math.max(4, Math.ceil(Math.log2(Math.max(1, capacity * 2))))
    this.#hashes = new Float64Array(2 ** bits)
    this.#sequences = new Float64Array(2 ** bits)
    this.#mask = 2 ** bits - 1
    this.#shift = 32 - bits
    this.capacity = capacity
  }

  get isFull(): boolean {
    return this.size >= this.capacity
  }

  /** @param sequence above 0, which marks an empty slot */
  add(hash: number, sequence: number): void {
    if (this.size >= this.#mask) throw new RangeError(`the index holds ${this.size} entries and has no room`)
    let slot = place(hash) >>> this.#shift
    while (this.#sequences[slot] !== 0) slot = (slot + 1) & this.#mask
    this.#hashes[slot] = hash
    this.#sequences[slot] = sequence
    this.size++
  }

  /** The sequences that were added under the hash. */
  *find(hash: number): Generator<number> {
    for (let slot = place(hash) >>> this.#shift; ; slot = (slot + 1) & this.#mask) {
      const sequence = this.#sequences[slot] as number
      if (sequence === 0) return
      if (this.#hashes[slot] === hash) yield sequence
    }
  }

  /**
   * All entries of one bucket, as `hash, sequence, hash, sequence …`.
   *
   * @param bits of the number of buckets: there are 2 to this power, of 1 to 31
   */
  bucket(bucket: number, bits: number): Float64Array<ArrayBuffer> {
    const slotsEach = (this.#mask + 1) / 2 ** bits
    const end = (bucket + 1) * slotsEach
    const entries: number[] = []
    for (let at = Math.floor(bucket * slotsEach); ; at++) {
      const slot = at & this.#mask
      if (this.#sequences[slot] !== 0) {
        const hash = this.#hashes[slot] as number
        if (bucketOf(hash, bits) === bucket) entries.push(hash, this.#sequences[slot] as number)
        // Entries that found their place taken lie behind it, up to the next empty one.
      } else if (at >= end) break
    }
    return Float64Array.from(entries)
  }
}

/** Which of 2 to the power of `bits` buckets the hash belongs to. */
export function bucketOf(hash: number, bits: number): number {
  return place(hash) >>> (32 - bits)
}

/** The part of the hash that orders: its lower 32 bits. */
function place(hash: number): number {
  return (hash % 4_294_967_296) >>> 0
}
