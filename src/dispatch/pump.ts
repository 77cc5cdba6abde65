import { Fifo } from '#lib/fifo.ts'
import type { Budget } from './budget.ts'
import type { Lane, Standing, TurnKind } from './lane.ts'

/** So long turns go on before the event loop goes on with what else there is. */
const turnsForMs = 0.3
/** Beside proven lanes, the costly ones begin an attempt this often. */
const costlyEveryMs = 16
/** Beside them, and beside other nodes on the same store, a backlog goes out one by one, spread evenly. */
const backlogEveryMs = 1
const askAgainMs = 50
/** Lanes count as active for so long after a turn. */
const activeForMs = 100

/** Served in this order. */
const cheap: readonly TurnKind[] = ['proven', 'unproven']
/** Attempts that seldom succeed, or that cost many times what others do: each in turn. */
const costly: readonly Standing[] = ['verbose', 'troubled']

/** What the pump asks before it lets lanes have turns. */
export interface PumpConditions {
  /** Before each round of turns; while it says no, again after a while. */
  readonly mayBegin: () => boolean
  /** Whether other nodes send from the same store: they are disturbed by bursts that harm nobody here. */
  readonly isShared: () => boolean
}

/**
 * Lets ready lanes take turns, one attempt each, as long as the budget has room for their standing. A flood of ready
 * lanes holds up neither requests nor answers: turns end after a while and go on when the event loop has been round.
 * Costly lanes, where proven ones are active, take turns one by one with rests between, so that a burst of theirs is
 * spread out; so does, with shorter rests, what a lane has left over from before.
 */
export class Pump {
  readonly #ready: Readonly<Record<TurnKind, Fifo<Lane>>> = {
    proven: new Fifo(),
    backlog: new Fifo(),
    unproven: new Fifo(),
    verbose: new Fifo(),
    troubled: new Fifo(),
  }
  readonly #budget: Budget
  readonly #turn: (lane: Lane, kind: TurnKind) => void
  readonly #conditions: PumpConditions
  /** Nobody has a turn. */
  isPaused = false
  #isRunning = false
  #isStopped = false
  #next: NodeJS.Immediate | null = null
  readonly #rests = new Map<'all' | 'costly' | 'backlog', NodeJS.Timeout>()
  #provenAt = Number.NEGATIVE_INFINITY
  #backlogAt = Number.NEGATIVE_INFINITY
  #lastCostly: Standing = 'troubled'

  constructor(budget: Budget, turn: (lane: Lane, kind: TurnKind) => void, conditions: PumpConditions) {
    this.#budget = budget
    this.#turn = turn
    this.#conditions = conditions
  }

  /** The lane may have a turn. */
  add(lane: Lane): void {
    this.#ready[lane.turnKind].push(lane)
  }

  run(): void {
    if (this.#isRunning || this.isPaused || this.#isStopped) return
    if (!this.#conditions.mayBegin()) {
      this.#rest('all', askAgainMs)
      return
    }
    this.#isRunning = true
    const until = performance.now() + turnsForMs
    const isDone = this.#serve(cheap, until) && this.#serveBacklog(until) && this.#serveCostly(until)
    // A turn of another lane may find that it is one of these by now.
    if (!isDone || cheap.some((each) => this.#isServable(each))) {
      this.#next ??= setImmediate(() => {
        this.#next = null
        this.run()
      })
    }
    this.#isRunning = false
  }

  /** @returns whether nobody is left who could have a turn now */
  #serve(kinds: readonly TurnKind[], until: number): boolean {
    for (let isMoving = true; isMoving;) {
      isMoving = false
      for (const kind of kinds) {
        if (!this.#isServable(kind)) continue
        if (performance.now() >= until) return false
        isMoving = true
        if (kind === 'proven') this.#provenAt = performance.now()
        this.#turnOf(kind)
      }
    }
    return true
  }

  #serveBacklog(until: number): boolean {
    if (!this.#isServable('backlog')) return true
    this.#backlogAt = performance.now()
    if (!isRecent(this.#provenAt) && !this.#conditions.isShared()) return this.#serve(['backlog'], until)
    if (this.#rests.has('backlog')) return true
    for (let taken = 0; taken < 1 && this.#isServable('backlog');) {
      taken += 1 / this.#turnOf('backlog').backlog.pace
    }
    this.#rest('backlog', backlogEveryMs)
    return true
  }

  #serveCostly(until: number): boolean {
    if (this.#rests.has('costly')) return true
    if (!isRecent(this.#provenAt) && !isRecent(this.#backlogAt)) return this.#serve(costly, until)
    const servable = costly.filter((each) => this.#isServable(each))
    const standing = servable.find((each) => each !== this.#lastCostly) ?? servable[0]
    if (standing === undefined) return true
    this.#lastCostly = standing
    this.#turnOf(standing)
    this.#rest('costly', costlyEveryMs)
    return true
  }

  #turnOf(kind: TurnKind): Lane {
    const lane = this.#ready[kind].shift() as Lane
    this.#turn(lane, kind)
    return lane
  }

  #isServable(kind: TurnKind): boolean {
    return this.#ready[kind].length > 0 && this.#budget.allows(kind === 'backlog' ? 'proven' : kind)
  }

  /** Goes on after so long. */
  #rest(whose: 'all' | 'costly' | 'backlog', forMs: number): void {
    if (this.#rests.has(whose)) return
    const timer = setTimeout(() => {
      this.#rests.delete(whose)
      this.run()
    }, forMs)
    this.#rests.set(whose, timer)
  }

  stop(): void {
    this.#isStopped = true
    if (this.#next !== null) clearImmediate(this.#next)
    for (const timer of this.#rests.values()) clearTimeout(timer)
  }
}

function isRecent(at: number): boolean {
  return performance.now() - at <= activeForMs
}
