import type { Storage } from '../storage.ts'
import { attemptAppender } from './append-attempt.ts'
import { applicationReads, applicationWrites } from './applications.ts'
import { attemptReads, attemptWrites } from './attempts.ts'
import { taskReads, taskWrites } from './background-tasks.ts'
import { cancelDeliveries } from './cancel-deliveries.ts'
import { continueFanouts } from './continue-fanouts.ts'
import type { Database } from './database.ts'
import {
  claimDeliveries,
  claimSuspect,
  dueLanes,
  findRetrySchedule,
  giveBack,
  insertManualDelivery,
  leasedKeys,
} from './deliveries.ts'
import { listEndpointsAcross } from './endpoints-across.ts'
import { endpointReads, endpointWrites } from './endpoints.ts'
import { eventTypeReads, eventTypeWrites } from './event-types.ts'
import { messageReads, messageWrites } from './messages.ts'
import { idempotencyKeys } from './idempotency-key.ts'
import { publishMessages } from './publish-messages.ts'
import { historyReads } from './read-history.ts'
import { putEventTypes } from './put-event-types.ts'
import { recordOutcomes } from './record-outcomes.ts'
import { recoverInterrupted } from './recover-interrupted.ts'
import { search } from './search.ts'
import { settingVerbs } from './settings.ts'
import { sourceReads, sourceWrites } from './sources.ts'
import { statisticReads, statisticWrites } from './statistics.ts'
import { tailMessages } from './tail-messages.ts'
import { upkeepReads, upkeepWrites } from './upkeep.ts'

/** A verb of the port as its thread runs it: the same, without the promise. */
type Sync<Verb> = Verb extends (...args: infer Args) => Promise<infer Result>
  ? (...args: Args) => Result
  : never
type SyncVerbs = {
  [Name in Exclude<keyof Storage, 'onNotice' | 'cluster' | 'gathering' | 'outbox' | symbol>]: Sync<
    Storage[Name]
  >
}

export function readVerbs(db: Database, lookedAt?: number) {
  return {
    ...applicationReads(db),
    ...endpointReads(db),
    listEndpointsAcross: listEndpointsAcross(db),
    ...eventTypeReads(db),
    ...sourceReads(db),
    ...messageReads(db, lookedAt),
    tailMessages: tailMessages(db),
    ...attemptReads(db),
    search: search(db),
    ...historyReads(db),
    ...taskReads(db),
    ...statisticReads(db),
    ...upkeepReads(db),
    dueLanes: dueLanes(db),
    leasedKeys: leasedKeys(db),
    findRetrySchedule: findRetrySchedule(db),
  } satisfies Partial<SyncVerbs>
}

export function writeVerbs(db: Database) {
  const append = attemptAppender(db)
  const publishing = publishMessages(db)
  const keys = idempotencyKeys(db)
  const recovery = recoverInterrupted(db, append)
  const verbs = {
    ...applicationWrites(db),
    ...endpointWrites(db),
    ...eventTypeWrites(db),
    putEventTypes: putEventTypes(db),
    ...sourceWrites(db),
    ...messageWrites(db),
    ...attemptWrites(db),
    ...taskWrites(db),
    ...statisticWrites(db),
    ...upkeepWrites(db),
    ...settingVerbs(db),
    publishMessages: (...args: Parameters<typeof publishing.publish>) => publishing.publish(...args),
    continueFanouts: continueFanouts(db),
    recordOutcomes: recordOutcomes(db, append),
    claimDeliveries: claimDeliveries(db),
    claimSuspect: claimSuspect(db),
    giveBack: giveBack(db),
    recoverInterrupted: (now: number) => recovery.slice(now),
    insertManualDelivery: insertManualDelivery(db),
    cancelDeliveries: cancelDeliveries(db, append),
  } satisfies Partial<SyncVerbs>
  return {
    verbs,
    /** Before a verb's savepoint is released. */
    beforeRelease: (): void => append.flushCounts(),
    afterCommit: (): void => keys.committed(),
    /** After anything was rolled back: what memory learned inside the transaction may not be so. */
    afterRollback(): void {
      publishing.forget()
      append.dropCounts()
      recovery.restart()
      keys.rolledBack()
    },
  }
}

export type ReadVerb = keyof ReturnType<typeof readVerbs>
export type WriteVerb = keyof ReturnType<typeof writeVerbs>['verbs']

type Every = Exclude<keyof SyncVerbs, ReadVerb | WriteVerb>
/**
 * Fails to compile when the port has a verb that no thread runs.
 *
 * @public
 */
export const everyVerbHasAThread: [Every] extends [never] ? true : Every = true
