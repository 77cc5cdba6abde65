import { StoreUnavailable } from '#core/errors.ts'
import { reach } from '#lib/crash-point.ts'
import { Batcher } from '#lib/batcher.ts'
import type { Engine, Outcome } from '#storage/storage.ts'

/** Below a millisecond of a transaction that publishing waits for. */
const maxOutcomesTogether = 32
/** Outcomes that nobody waits for share the next transaction, or one of their own after so long. */
const patientForMs = 20
const firstRetryMs = 100
const maxRetryMs = 2_000

/** Writes outcomes in batches and gives none up: while the store fails it keeps them and tries again. */
export class Completer {
  readonly #batcher: Batcher<Outcome, void>
  readonly #storage: Pick<Engine, 'recordOutcomes'>
  readonly #onAvailability: (error: StoreUnavailable | null) => void
  #isFailing = false
  #patient: (() => void)[] = []
  #patience: NodeJS.Timeout | null = null

  constructor(
    storage: Pick<Engine, 'recordOutcomes'>,
    on: {
      /** Called when the store starts to fail, and with null once it takes outcomes again. */
      readonly availability: (error: StoreUnavailable | null) => void
      readonly batch: (size: number) => void
    },
  ) {
    this.#storage = storage
    this.#onAvailability = on.availability
    this.#batcher = new Batcher(
      async (outcomes) => {
        on.batch(outcomes.length)
        reach('before-record')
        await this.#write(outcomes)
        reach('after-record')
        return new Array<void>(outcomes.length).fill(undefined)
      },
      { maxItems: maxOutcomesTogether, isSystemic: () => false },
    )
  }

  /** Resolves once the outcome is on disk; rejects only for an outcome that the store refuses by itself. */
  record(outcome: Outcome): Promise<void> {
    this.#endPatience()
    return this.#batcher.add(outcome)
  }

  /**
   * The same for an outcome that may wait a little, so that it costs no transaction of its own. It keeps its place
   * before all that is recorded after it.
   */
  recordPatiently(outcome: Outcome): Promise<void> {
    return new Promise<void>((resolve, reject) => {
      this.#patient.push(() => void this.#batcher.add(outcome).then(resolve, reject))
      if (this.#patient.length >= maxOutcomesTogether) this.#endPatience()
      else this.#patience ??= setTimeout(() => this.#endPatience(), patientForMs)
    })
  }

  #endPatience(): void {
    if (this.#patience !== null) clearTimeout(this.#patience)
    this.#patience = null
    const patient = this.#patient
    this.#patient = []
    for (const goOn of patient) goOn()
  }

  async #write(outcomes: readonly Outcome[]): Promise<void> {
    for (let waitMs = firstRetryMs; ; waitMs = Math.min(maxRetryMs, waitMs * 2)) {
      try {
        await this.#storage.recordOutcomes(outcomes, Date.now())
        if (this.#isFailing) {
          this.#isFailing = false
          this.#onAvailability(null)
        }
        return
      } catch (error) {
        if (!(error instanceof StoreUnavailable)) throw error
        if (!this.#isFailing) {
          this.#isFailing = true
          this.#onAvailability(error)
        }
        await new Promise((resolve) => setTimeout(resolve, waitMs))
      }
    }
  }
}
