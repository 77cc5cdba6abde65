/**
 * Remembers which messages were handled. A message is unknown, being handled under a lease, or done; only `done` lets a
 * duplicate be dropped, so that a process that dies midway costs a repetition and never the message.
 */
export interface IdempotencyStore {
  /**
   * Takes the message in hand for so long, in one step for all processes that share the store.
   *
   * @returns `begun` where it was unknown, had failed, or its lease has run out; `done` where it was handled; `busy`
   *   where another lease on it lives
   */
  begin(id: string, leaseMs: number): Promise<'begun' | 'done' | 'busy'>
  /** It was handled. It stays so, whatever is said of it later. */
  done(id: string): Promise<void>
  /** It may be begun again at once. Says nothing of a message that is done. */
  failed(id: string): Promise<void>
}

/** What became of one delivery of a message. */
export type Handling = 'handled' | 'duplicate' | 'busy' | 'failed' | 'store_unavailable'

/**
 * Runs the handler unless the message is done or in other hands.
 *
 * @param store null where every delivery is to be handled
 * @param onError gets what the handler or the store has thrown
 */
export async function handleOnce(
  store: IdempotencyStore | null,
  id: string,
  leaseMs: number,
  run: () => unknown,
  onError: (error: unknown) => void,
): Promise<Handling> {
  const startedAt = performance.now()
  if (store !== null) {
    try {
      const state = await store.begin(id, leaseMs)
      if (state !== 'begun') return state === 'done' ? 'duplicate' : 'busy'
    } catch (error) {
      onError(error)
      return 'store_unavailable'
    }
  }
  try {
    await run()
  } catch (error) {
    onError(error)
    // After the lease the message may be in other hands, whose lease is not ours to end.
    if (performance.now() - startedAt < leaseMs) await told(async () => await store?.failed(id), onError)
    return 'failed'
  }
  // The work is done: a store that cannot take it down must not make the sender repeat it.
  await told(async () => await store?.done(id), onError)
  return 'handled'
}

async function told(tell: () => Promise<void>, onError: (error: unknown) => void): Promise<void> {
  try {
    await tell()
  } catch (error) {
    onError(error)
  }
}
