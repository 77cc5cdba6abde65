import { StoreUnavailable } from '#core/errors.ts'
import { reach } from '#lib/crash-point.ts'
import { Batcher } from '#lib/batcher.ts'
import type { Engine, Outcome, Storage } from '#storage/storage.ts'

/** Below a millisecond of a transaction that publishing waits for. */
const maxOutcomesTogether = 32
/** Outcomes that nobody waits for share the next transaction, or one of their own after so long. */
const patientForMs = 20
const firstRetryMs = 100
const maxRetryMs = 2_000

interface Entry {
  readonly outcome: Outcome
  readonly life: number
}

/** Writes outcomes in batches and gives none up: while the store fails it keeps them and tries again. */
export class Completer {
  /** Grows whenever this node loses all that it had in hand. */
  #life = 0
  readonly #batcher: Batcher<Entry, void>
  readonly #storage: Pick<Engine, 'recordOutcomes'>
  readonly #onAvailability: (error: StoreUnavailable | null) => void
  #isFailing = false
  #patient: (() => void)[] = []
  #patience: NodeJS.Timeout | null = null

  constructor(
    storage: Pick<Storage, 'recordOutcomes' | 'gathering'>,
    on: {
      /** Called when the store starts to fail, and with null once it takes outcomes again. */
      readonly availability: (error: StoreUnavailable | null) => void
      readonly batch: (size: number) => void
    },
  ) {
    this.#storage = storage
    this.#onAvailability = on.availability
    this.#batcher = new Batcher(
      async (entries) => {
        on.batch(entries.length)
        reach('before-record')
        await this.#write(entries)
        reach('after-record')
        return new Array<void>(entries.length).fill(undefined)
      },
      { maxItems: maxOutcomesTogether, isSystemic: () => false, gathering: storage.gathering },
    )
  }

  /** Resolves once the outcome is on disk, or was forgotten; rejects only for an outcome that the store refuses by itself. */
  record(outcome: Outcome): Promise<void> {
    this.#endPatience()
    return this.#batcher.add({ outcome, life: this.#life })
  }

  /**
   * The same for an outcome that may wait a little, so that it costs no transaction of its own. It keeps its place
   * before all that is recorded after it.
   */
  recordPatiently(outcome: Outcome): Promise<void> {
    const entry = { outcome, life: this.#life }
    return new Promise<void>((resolve, reject) => {
      this.#patient.push(() => void this.#batcher.add(entry).then(resolve, reject))
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

  /** Writes nothing down any more of what was in hand until now: other nodes have taken it over. */
  forget(): void {
    this.#life++
  }

  async #write(entries: readonly Entry[]): Promise<void> {
    for (let waitMs = firstRetryMs; ; waitMs = Math.min(maxRetryMs, waitMs * 2)) {
      const outcomes = entries.filter(({ life }) => life === this.#life).map(({ outcome }) => outcome)
      try {
        if (outcomes.length > 0) await this.#storage.recordOutcomes(outcomes, Date.now())
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
