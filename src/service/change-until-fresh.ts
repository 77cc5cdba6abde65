import { conflict } from '#core/errors.ts'

/** Writers that keep colliding on one object this often are told so. */
const maxTries = 10

/**
 * Reads, changes, and writes what was read, until nobody has written in between.
 *
 * @param attempt reads and writes once; `stale` where another was quicker
 */
export async function changeUntilFresh<T extends { readonly kind: string }>(
  attempt: () => Promise<T>,
): Promise<Exclude<T, { readonly kind: 'stale' }>> {
  for (let tries = 0; tries < maxTries; tries++) {
    const result = await attempt()
    if (result.kind !== 'stale') return result as Exclude<T, { readonly kind: 'stale' }>
  }
  throw conflict('Others keep changing this at the same time')
}
