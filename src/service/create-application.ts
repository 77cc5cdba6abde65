import type { Application } from '#core/application.ts'
import { invalid } from '#core/errors.ts'
import { newId } from '#core/ids.ts'

export interface ApplicationInput {
  readonly name: string
  readonly uid?: string | null | undefined
  readonly throttleRate?: number | null | undefined
  readonly metadata?: Readonly<Record<string, string>> | undefined
}

/**
 * An application as it would be stored. Throws `Rejected` for a uid in the form of an id.
 *
 * @param loc where the application stands in the request, for the error
 */
export function newApplication(
  orgId: string,
  input: ApplicationInput,
  now: number,
  loc: readonly string[] = ['body'],
): Application {
  const uid = checkedUid(input.uid ?? null, 'app_', loc)
  return {
    orgId,
    id: newId('app_', now),
    uid,
    name: input.name,
    throttleRate: input.throttleRate ?? null,
    metadata: input.metadata ?? {},
    createdAt: now,
    updatedAt: now,
    version: 1,
  }
}

/** A uid in the form of an id could stand for another object. */
export function checkedUid(
  uid: string | null,
  idPrefix: string,
  loc: readonly string[] = ['body'],
): string | null {
  if (uid?.startsWith(idPrefix) === true) throw invalid([...loc, 'uid'], `must not begin with ${idPrefix}`)
  return uid
}
