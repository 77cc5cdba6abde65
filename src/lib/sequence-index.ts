/**
 * Finds sequences by the hash of a text, at 32 bytes an entry: an open table that is never more than half full. Texts
 * whose hashes are equal are told apart by whoever asks. Nothing is ever taken out; the table is dropped as a whole.
 */
export class SequenceIndex {
  readonly #hashes: Float64Array
  readonly #sequences: Float64Array
  readonly #mask: number
  readonly capacity: number
  size = 0

  constructor(capacity: number) {
    const slots = 2 ** Math.ceil(Math.log2(Math.max(16, capacity * 2)))
    this.#hashes = new Float64Array(slots)
    this.#sequences = new Float64Array(slots)
    this.#mask = slots - 1
    this.capacity = capacity
  }

  get isFull(): boolean {
    return this.size >= this.capacity
  }

  /** @param sequence above 0, which marks an empty slot */
  add(hash: number, sequence: number): void {
    let slot = this.#slotOf(hash)
    while (this.#sequences[slot] !== 0) slot = (slot + 1) & this.#mask
    this.#hashes[slot] = hash
    this.#sequences[slot] = sequence
    this.size++
  }

  /** The sequences that were added under the hash. */
  *find(hash: number): Generator<number> {
    for (let slot = this.#slotOf(hash); ; slot = (slot + 1) & this.#mask) {
      const sequence = this.#sequences[slot] as number
      if (sequence === 0) return
      if (this.#hashes[slot] === hash) yield sequence
    }
  }

  #slotOf(hash: number): number {
    return (hash % 4_294_967_296) & this.#mask
  }
}
