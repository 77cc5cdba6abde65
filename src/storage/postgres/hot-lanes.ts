/**
 * Lanes of other nodes that many messages are published to: telling of each batch would cost as much as storing it. Once
 * a lane was told of often enough, its owner looks by itself for a while after each word, and who publishes is silent
 * for a shorter while after each: what is committed in the silence is met by a look that follows it.
 */

/** So many words in a row, each so soon after the one before, make a lane hot; fewer keep it so. */
const oftenTimes = 8
const denseMs = 40
const sustainMs = 250
const silentForMs = 120
/** Longer than the silence by far: the owner may hear late, and looks between its other work. */
const hotForMs = 400

/** How often something happened lately. */
class Recent {
  #streak = 0
  last = Number.NEGATIVE_INFINITY

  note(now: number): void {
    const isInRow = now - this.last <= (this.isOften ? sustainMs : denseMs)
    this.#streak = isInRow ? this.#streak + 1 : 1
    this.last = now
  }

  get isOften(): boolean {
    return this.#streak >= oftenTimes
  }
}

/** Of who publishes: which lanes need not be told of now. */
export class Told {
  readonly #lanes = new Map<string, Recent>()

  isSilent(endpointId: string): boolean {
    const now = performance.now()
    const recent = this.#lanes.get(endpointId)
    return recent !== undefined && recent.isOften && now - recent.last < silentForMs
  }

  /** The owner was told. */
  note(endpointId: string): void {
    noteIn(this.#lanes, endpointId)
  }
}

/** Of the owner: looks at hot lanes at an interval. */
export class HotLanes implements Disposable {
  readonly #heard = new Map<string, Recent>()
  readonly #hot = new Map<string, string>()
  readonly #everyMs: () => number
  readonly #look: (appId: string, endpointId: string) => void
  #timer: NodeJS.Timeout | null = null

  constructor(everyMs: () => number, look: (appId: string, endpointId: string) => void) {
    this.#everyMs = everyMs
    this.#look = look
  }

  /** Another node has told that something is due on the lane. */
  heard(appId: string, endpointId: string): void {
    if (!noteIn(this.#heard, endpointId).isOften) return
    this.#hot.set(endpointId, appId)
    this.#timer ??= setTimeout(() => this.#turn(), this.#everyMs())
  }

  #turn(): void {
    this.#timer = null
    const now = performance.now()
    for (const [endpointId, appId] of this.#hot) {
      const last = this.#heard.get(endpointId)?.last ?? 0
      if (now - last > hotForMs) this.#hot.delete(endpointId)
      this.#look(appId, endpointId)
    }
    if (this.#hot.size > 0) this.#timer = setTimeout(() => this.#turn(), this.#everyMs())
  }

  [Symbol.dispose](): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#hot.clear()
  }
}

const maxKnown = 10_000

function noteIn(lanes: Map<string, Recent>, endpointId: string): Recent {
  let recent = lanes.get(endpointId)
  if (recent === undefined) {
    if (lanes.size >= maxKnown) lanes.clear()
    recent = new Recent()
    lanes.set(endpointId, recent)
  }
  recent.note(performance.now())
  return recent
}
