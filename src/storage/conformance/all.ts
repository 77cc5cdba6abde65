import { applicationConformance } from './applications.ts'
import { attemptConformance } from './attempts.ts'
import { taskConformance } from './background-tasks.ts'
import { deliveryConformance } from './deliveries.ts'
import { deliveryLifeConformance } from './delivery-life.ts'
import { endpointConformance } from './endpoints.ts'
import { endpointsAcrossConformance } from './endpoints-across.ts'
import { eventTypeConformance } from './event-types.ts'
import type { Open } from './fixtures.ts'
import { longHistoryConformance } from './long-history.ts'
import { messageConformance } from './messages.ts'
import { pagingConformance } from './paging.ts'
import { publishingConformance } from './publishing.ts'
import { putEventTypesConformance } from './put-event-types.ts'
import { readHistoryConformance } from './read-history.ts'
import { recoveryConformance } from './recovery.ts'
import { retentionConformance } from './retention.ts'
import { searchConformance } from './search.ts'
import { sourceConformance } from './sources.ts'
import { statisticConformance } from './statistics.ts'
import { upkeepConformance } from './upkeep.ts'

/** What every adapter must do. */
export function conformance(open: Open): void {
  applicationConformance(open)
  endpointConformance(open)
  endpointsAcrossConformance(open)
  eventTypeConformance(open)
  putEventTypesConformance(open)
  sourceConformance(open)
  pagingConformance(open)
  messageConformance(open)
  longHistoryConformance(open)
  publishingConformance(open)
  deliveryConformance(open)
  deliveryLifeConformance(open)
  recoveryConformance(open)
  attemptConformance(open)
  searchConformance(open)
  readHistoryConformance(open)
  taskConformance(open)
  statisticConformance(open)
  upkeepConformance(open)
  retentionConformance(open)
}
