import { Fifo } from '#lib/fifo.ts'
import type { Budget } from './budget.ts'
import type { Lane, Standing } from './lane.ts'

/** So long turns go on before the event loop goes on with what else there is. */
const turnsForMs = 0.3
/** Beside proven lanes, the costly ones begin an attempt this often. */
const costlyEveryMs = 16
const askAgainMs = 50
/** Proven lanes count as active for so long after a turn. */
const activeForMs = 100

/** Served in this order. */
const cheap: readonly Standing[] = ['proven', 'unproven']
/** Attempts that seldom succeed, or that cost many times what others do: each in turn. */
const costly: readonly Standing[] = ['verbose', 'troubled']

/**
 * Lets ready lanes take turns, one attempt each, as long as the budget has room for their standing. A flood of ready
 * lanes holds up neither requests nor answers: turns end after a while and go on when the event loop has been round.
 * Costly lanes, where proven ones are active, take turns one by one with rests between, so that a burst of theirs is
 * spread out.
 */
export class Pump {
  readonly #ready: Readonly<Record<Standing, Fifo<Lane>>> = {
    proven: new Fifo(),
    unproven: new Fifo(),
    verbose: new Fifo(),
    troubled: new Fifo(),
  }
  readonly #budget: Budget
  readonly #turn: (lane: Lane, standing: Standing) => void
  readonly #mayBegin: () => boolean
  /** Nobody has a turn. */
  isPaused = false
  #isRunning = false
  #isStopped = false
  #next: NodeJS.Immediate | null = null
  #rest: NodeJS.Timeout | null = null
  #provenAt = Number.NEGATIVE_INFINITY
  #lastCostly: Standing = 'troubled'

  /** @param mayBegin asked before each round of turns; while it says no, again after a while */
  constructor(budget: Budget, turn: (lane: Lane, standing: Standing) => void, mayBegin: () => boolean) {
    this.#budget = budget
    this.#mayBegin = mayBegin
    this.#turn = turn
  }

  /** The lane may have a turn. */
  add(lane: Lane): void {
    this.#ready[lane.standing].push(lane)
  }

  run(): void {
    if (this.#isRunning || this.isPaused || this.#isStopped) return
    if (!this.#mayBegin()) {
      this.#rest ??= setTimeout(() => {
        this.#rest = null
        this.run()
      }, askAgainMs)
      return
    }
    this.#isRunning = true
    const until = performance.now() + turnsForMs
    const isDone = this.#serve(cheap, until) && (this.#rest !== null || this.#serveCostly(until))
    // A turn of a costly lane may find that it is one of the others by now.
    if (!isDone || cheap.some((each) => this.#isServable(each))) {
      this.#next ??= setImmediate(() => {
        this.#next = null
        this.run()
      })
    }
    this.#isRunning = false
  }

  /** @returns whether nobody is left who could have a turn now */
  #serve(standings: readonly Standing[], until: number): boolean {
    for (let isMoving = true; isMoving;) {
      isMoving = false
      for (const standing of standings) {
        if (!this.#isServable(standing)) continue
        if (performance.now() >= until) return false
        isMoving = true
        if (standing === 'proven') this.#provenAt = performance.now()
        this.#turn(this.#ready[standing].shift() as Lane, standing)
      }
    }
    return true
  }

  #serveCostly(until: number): boolean {
    if (performance.now() - this.#provenAt > activeForMs) return this.#serve(costly, until)
    const servable = costly.filter((each) => this.#isServable(each))
    const standing = servable.find((each) => each !== this.#lastCostly) ?? servable[0]
    if (standing === undefined) return true
    this.#lastCostly = standing
    this.#turn(this.#ready[standing].shift() as Lane, standing)
    this.#rest = setTimeout(() => {
      this.#rest = null
      this.run()
    }, costlyEveryMs)
    return true
  }

  #isServable(standing: Standing): boolean {
    return this.#ready[standing].length > 0 && this.#budget.allows(standing)
  }

  stop(): void {
    this.#isStopped = true
    if (this.#next !== null) clearImmediate(this.#next)
    if (this.#rest !== null) clearTimeout(this.#rest)
  }
}
