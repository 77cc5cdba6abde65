/** A queue whose both ends cost the same however long it is. */
export class Fifo<T> {
  #items: T[] = []
  #head = 0

  get length(): number {
    return this.#items.length - this.#head
  }

  push(item: T): void {
    this.#items.push(item)
  }

  shift(): T | undefined {
    if (this.#head === this.#items.length) return undefined
    const item = this.#items[this.#head] as T
    this.#head++
    if (this.#head === this.#items.length) {
      this.#items = []
      this.#head = 0
    } else if (this.#head >= 1024) {
      this.#items = this.#items.slice(this.#head)
      this.#head = 0
    }
    return item
  }

  /** Takes out the items that `isChosen` names; the rest keep their order. */
  takeOut(isChosen: (item: T) => boolean): T[] {
    const chosen: T[] = []
    const rest: T[] = []
    for (const item of this) (isChosen(item) ? chosen : rest).push(item)
    this.#items = rest
    this.#head = 0
    return chosen
  }

  *[Symbol.iterator](): Generator<T> {
    for (let index = this.#head; index < this.#items.length; index++) yield this.#items[index] as T
  }
}
