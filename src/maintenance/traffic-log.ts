import { observe } from '#core/histogram.ts'
import { addTraffic, minuteMs, minuteOf, noTraffic, type TrafficSum } from '#core/traffic.ts'
import type { Statistics, Waiting } from '#storage/storage.ts'

const flushMs = 10_000

/** Counting what waits takes at most this share of the time: what took 100 ms is not repeated within a minute. */
const countingShare = 1 / 600

/** Applications whose organisation is known without asking: some 10 MB. */
const maxKnown = 50_000

/** Of organisations, and of applications that are nobody's yet, in one minute each: some 15 MB. */
const maxTallies = 20_000

interface Tally {
  /** Of an organisation, or of an application whose organisation is yet to be asked for. */
  readonly id: string
  readonly at: number
  readonly traffic: TrafficSum
}

/** What passed by whose it was and minute. Beyond what is kept, the oldest goes. */
class Tallies {
  readonly #byKey = new Map<string, Tally>()

  of(id: string, at: number): TrafficSum {
    const key = `${at} ${id}`
    let tally = this.#byKey.get(key)
    if (tally === undefined) {
      tally = { id, at, traffic: noTraffic() }
      this.#byKey.set(key, tally)
      const [oldest] = this.#byKey.keys()
      if (this.#byKey.size > maxTallies && oldest !== undefined) this.#byKey.delete(oldest)
    }
    return tally.traffic
  }

  add({ id, at, traffic }: Tally): void {
    addTraffic(this.of(id, at), traffic)
  }

  takeOut(): readonly Tally[] {
    const tallies = [...this.#byKey.values()]
    this.#byKey.clear()
    return tallies
  }
}

/**
 * Counts what passes through this process, by organisation and minute, and has the store add it up every 10 s and at
 * the end. What was counted is in memory until then: a killed process loses at most 10 s of it. A store that fails loses
 * nothing, as long as what passes meanwhile fits into a bounded memory.
 *
 * On the way of a message it costs a look into a map and an increment.
 */
export class TrafficLog implements AsyncDisposable {
  readonly #storage: Pick<Statistics, 'addMinutes' | 'countWaiting' | 'organisationsOf'>
  readonly #onError: (error: unknown) => void
  readonly #now: () => number
  readonly #ofOrganisations = new Tallies()
  /** Of applications whose organisation is not known yet. */
  readonly #ofStrangers = new Tallies()
  /** Where an application counts in the minute at `at`. */
  readonly #places = new Map<string, TrafficSum>()
  #at = 0
  readonly #organisations = new Map<string, string>()
  #waiting: Waiting | null = null
  #countAgainAt = 0
  #timer: NodeJS.Timeout | null = null
  #flushing: Promise<void> | null = null

  constructor(
    storage: Pick<Statistics, 'addMinutes' | 'countWaiting' | 'organisationsOf'>,
    onError: (error: unknown) => void,
    now: () => number = Date.now,
  ) {
    this.#storage = storage
    this.#onError = onError
    this.#now = now
  }

  start(): void {
    this.#timer = setInterval(() => void this.flush(), flushMs)
    this.#timer.unref()
  }

  /** A message was stored with so many deliveries. */
  published(orgId: string, appId: string, deliveries: number): void {
    if (!this.#organisations.has(appId)) this.#know(appId, orgId)
    const traffic = this.#of(appId)
    traffic.messages++
    traffic.deliveries += deliveries
  }

  /** A message that was counted before got more deliveries. */
  fannedOut(appId: string, deliveries: number): void {
    this.#of(appId).deliveries += deliveries
  }

  attemptEnded(appId: string, outcome: 'delivered' | 'retry' | 'exhausted', durationMs: number): void {
    const traffic = this.#of(appId)
    if (outcome === 'delivered') traffic.delivered++
    else if (outcome === 'retry') traffic.retried++
    else traffic.exhausted++
    observe(traffic.duration, durationMs)
  }

  delivered(appId: string, latencyMs: number): void {
    observe(this.#of(appId).latency, latencyMs)
  }

  /** Has the store add what passed until now. Never rejects; what it does not take stays for the next time. */
  flush(): Promise<void> {
    this.#flushing ??= this.#flush(true).finally(() => {
      this.#flushing = null
    })
    return this.#flushing
  }

  #of(appId: string): TrafficSum {
    const now = this.#now()
    if (now >= this.#at + minuteMs || now < this.#at) {
      this.#places.clear()
      this.#at = minuteOf(now)
    }
    let traffic = this.#places.get(appId)
    if (traffic === undefined) {
      const orgId = this.#organisations.get(appId)
      traffic =
        orgId === undefined
          ? this.#ofStrangers.of(appId, this.#at)
          : this.#ofOrganisations.of(orgId, this.#at)
      this.#places.set(appId, traffic)
    }
    return traffic
  }

  #know(appId: string, orgId: string): void {
    if (this.#organisations.size >= maxKnown) this.#organisations.clear()
    this.#organisations.set(appId, orgId)
  }

  async #flush(counts: boolean): Promise<void> {
    try {
      if (counts) await this.#count()
      await this.#meetStrangers()
      await this.#write()
    } catch (error) {
      this.#onError(error)
    }
  }

  async #count(): Promise<void> {
    const now = this.#now()
    if (this.#waiting !== null || now < this.#countAgainAt) return
    const at = minuteOf(now)
    const began = performance.now()
    this.#waiting = await this.#storage.countWaiting(at)
    const tookMs = performance.now() - began
    this.#countAgainAt = Math.max(at + minuteMs, now + tookMs / countingShare)
  }

  /** What is nobody's any more, since its application is gone, is dropped. */
  async #meetStrangers(): Promise<void> {
    this.#places.clear()
    const tallies = this.#ofStrangers.takeOut()
    if (tallies.length === 0) return
    try {
      const found = await this.#storage.organisationsOf([...new Set(tallies.map(({ id }) => id))])
      const organisations = new Map(found.map(({ appId, orgId }) => [appId, orgId]))
      for (const [appId, orgId] of organisations) this.#know(appId, orgId)
      for (const { id, at, traffic } of tallies) {
        const orgId = organisations.get(id)
        if (orgId !== undefined) this.#ofOrganisations.add({ id: orgId, at, traffic })
      }
    } catch (error) {
      for (const tally of tallies) this.#ofStrangers.add(tally)
      throw error
    }
  }

  async #write(): Promise<void> {
    // What is counted from here on goes elsewhere.
    this.#places.clear()
    const tallies = this.#ofOrganisations.takeOut()
    const waiting = this.#waiting
    if (tallies.length === 0 && waiting === null) return
    try {
      await this.#storage.addMinutes(
        tallies.map(({ id, at, traffic }) => ({ orgId: id, at, traffic })),
        waiting,
      )
      this.#waiting = null
    } catch (error) {
      for (const tally of tallies) this.#ofOrganisations.add(tally)
      throw error
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#timer !== null) clearInterval(this.#timer)
    await this.#flushing
    await this.#flush(false)
  }
}
