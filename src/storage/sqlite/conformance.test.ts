import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'
import { applicationConformance } from '../conformance/applications.ts'
import { attemptConformance } from '../conformance/attempts.ts'
import { taskConformance } from '../conformance/background-tasks.ts'
import { deliveryConformance } from '../conformance/deliveries.ts'
import { deliveryLifeConformance } from '../conformance/delivery-life.ts'
import { endpointConformance } from '../conformance/endpoints.ts'
import { eventTypeConformance } from '../conformance/event-types.ts'
import { messageConformance } from '../conformance/messages.ts'
import { pagingConformance } from '../conformance/paging.ts'
import { publishingConformance } from '../conformance/publishing.ts'
import { recoveryConformance } from '../conformance/recovery.ts'
import { upkeepConformance } from '../conformance/upkeep.ts'
import type { Storage } from '../storage.ts'
import { openSqliteStorage } from './sqlite-storage.ts'

const parent = mkdtempSync(join(tmpdir(), 'posthorn-conformance-'))
afterAll(() => rmSync(parent, { recursive: true, force: true }))

async function open(): Promise<Storage> {
  return openSqliteStorage({ dataDir: mkdtempSync(join(parent, 'store-')), readers: 1 })
}

for (const conformance of [
  applicationConformance,
  endpointConformance,
  eventTypeConformance,
  pagingConformance,
  messageConformance,
  publishingConformance,
  deliveryConformance,
  deliveryLifeConformance,
  recoveryConformance,
  attemptConformance,
  taskConformance,
  upkeepConformance,
]) {
  conformance(open)
}
