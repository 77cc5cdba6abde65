import type { Storage } from '../storage.ts'
import { applicationReads, applicationWrites } from './applications.ts'
import { attemptReads, attemptWrites } from './attempts.ts'
import { taskReads, taskWrites } from './background-tasks.ts'
import { cancelDeliveries } from './cancel-deliveries.ts'
import { continueFanouts } from './continue-fanouts.ts'
import type { Database } from './database.ts'
import {
  claimDeliveries,
  claimSuspect,
  findRetrySchedule,
  giveBack,
  insertManualDelivery,
  leasedKeys,
} from './deliveries.ts'
import { listEndpointsAcross } from './endpoints-across.ts'
import { endpointReads, endpointWrites } from './endpoints.ts'
import { eventTypeReads, eventTypeWrites } from './event-types.ts'
import { dueLanes, type Lanes } from './lanes.ts'
import { messageReads, messageWrites } from './messages.ts'
import { publishMessages } from './publish-messages.ts'
import { historyReads } from './read-history.ts'
import { putEventTypes } from './put-event-types.ts'
import { recordOutcomes } from './record-outcomes.ts'
import { recoverInterrupted } from './recover-interrupted.ts'
import { RoutesCache } from './routes.ts'
import { search } from './search.ts'
import { settingVerbs } from './settings.ts'
import { sourceReads, sourceWrites } from './sources.ts'
import { statisticReads, statisticWrites } from './statistics.ts'
import { tailMessages } from './tail-messages.ts'
import { upkeepReads, upkeepWrites } from './upkeep.ts'

/** All verbs of the port: those of sending on connections of their own. */
export function verbs(
  { requests, engine }: { readonly requests: Database; readonly engine: Database },
  lanes: Lanes,
  /** Without a pooler between. */
  directUrl: string,
  lookedAt?: number,
): Omit<Storage, 'onNotice' | 'cluster' | 'gathering' | 'outbox' | symbol> {
  return {
    ...applicationReads(requests),
    ...applicationWrites(requests),
    ...endpointReads(requests),
    listEndpointsAcross: listEndpointsAcross(requests),
    ...endpointWrites(requests),
    ...eventTypeReads(requests),
    ...eventTypeWrites(requests),
    putEventTypes: putEventTypes(requests),
    ...sourceReads(requests),
    ...sourceWrites(requests),
    ...messageReads(requests, lookedAt),
    tailMessages: tailMessages(requests),
    ...messageWrites(requests),
    ...attemptReads(requests),
    search: search(requests),
    ...historyReads(requests),
    ...attemptWrites(requests),
    ...taskReads(requests),
    ...taskWrites(requests),
    ...statisticReads(requests),
    ...statisticWrites(requests),
    ...upkeepReads(requests),
    ...upkeepWrites(requests, directUrl),
    ...settingVerbs(requests),
    publishMessages: publishMessages(engine, lanes, new RoutesCache()),
    continueFanouts: continueFanouts(engine, lanes),
    recordOutcomes: recordOutcomes(engine),
    claimDeliveries: claimDeliveries(engine, lanes),
    claimSuspect: claimSuspect(engine, lanes),
    giveBack: giveBack(engine, lanes),
    dueLanes: async () =>
      (await dueLanes(engine, 'own')).map(({ appId, endpointId, dueAt }) => ({ appId, endpointId, dueAt })),
    recoverInterrupted: recoverInterrupted(requests),
    findRetrySchedule: findRetrySchedule(engine),
    leasedKeys: leasedKeys(engine),
    insertManualDelivery: insertManualDelivery(requests, lanes),
    cancelDeliveries: cancelDeliveries(requests),
  }
}
