import type { Application } from '#core/application.ts'
import { notFound, Rejected } from '#core/errors.ts'
import type { Storage } from '#storage/storage.ts'
import type { Caller, Capability } from './tokens.ts'

/** Who may call an operation: organisations alone, portal tokens too that have the capability, or all of these. */
export type AccessRule = 'organisation' | Capability | 'portal'

const validForMs = 1_000
const maxCachedVerdicts = 10_000

/** Decides who may do what. Everything that an operation reads or writes hangs on the application it gives out. */
export class Access {
  readonly #storage: Storage
  readonly #verdicts = new Map<string, { readonly isValid: boolean; readonly until: number }>()

  constructor(storage: Storage) {
    this.#storage = storage
  }

  /** Throws `Rejected` where the caller may not. */
  async check(caller: Caller, rule: AccessRule): Promise<void> {
    if (caller.kind === 'organisation') return
    if (rule === 'organisation' || (rule !== 'portal' && !caller.capabilities.has(rule))) {
      throw new Rejected('forbidden', 'insufficient access', 'Insufficient access for the given operation.')
    }
    if (!(await this.#isStillValid(caller))) {
      throw new Rejected('unauthenticated', 'authentication_failed', 'Invalid token')
    }
  }

  async #isStillValid(caller: Caller & { readonly kind: 'application' }): Promise<boolean> {
    const { appId, issuedAt, sessionId } = caller
    const key = `${appId} ${issuedAt} ${sessionId}`
    const now = Date.now()
    const known = this.#verdicts.get(key)
    if (known !== undefined && known.until > now) return known.isValid
    const isValid = await this.#storage.isApplicationTokenValid(appId, issuedAt, sessionId, now)
    if (this.#verdicts.size >= maxCachedVerdicts) this.#verdicts.clear()
    this.#verdicts.set(key, { isValid, until: now + validForMs })
    return isValid
  }

  /** The application by id or uid within the caller's reach. Throws as if what lies beyond did not exist. */
  async application(caller: Caller, ref: string): Promise<Application> {
    const application = await this.#storage.findApplication(caller.orgId, ref)
    if (application === null || (caller.kind === 'application' && application.id !== caller.appId)) {
      throw notFound()
    }
    return application
  }

  /** Verdicts from before an expiry no longer count. */
  forget(): void {
    this.#verdicts.clear()
  }
}
