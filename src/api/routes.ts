import type { AnyRoute } from './route.ts'
import { applicationRoutes } from './routes/applications.ts'
import { attemptRoutes } from './routes/attempts.ts'
import { authenticationRoutes } from './routes/authentication.ts'
import { backgroundTaskRoutes } from './routes/background-tasks.ts'
import { batchRoutes } from './routes/batch.ts'
import { endpointSecretRoutes } from './routes/endpoint-secrets.ts'
import { endpointRoutes } from './routes/endpoints.ts'
import { endpointsAcrossRoutes } from './routes/endpoints-across.ts'
import { eventTypeImportRoutes } from './routes/event-type-import.ts'
import { eventTypeRoutes } from './routes/event-types.ts'
import { liveRoutes } from './routes/live.ts'
import { messageSearchRoutes } from './routes/message-search.ts'
import { messageRoutes } from './routes/messages.ts'
import { replayRoutes } from './routes/replays.ts'
import { seriesRoutes } from './routes/series.ts'
import { searchRoutes } from './routes/search.ts'
import { sourceEndpointRoutes } from './routes/source-endpoints.ts'
import { sourceRoutes } from './routes/sources.ts'
import { statisticsRoutes } from './routes/statistics.ts'
import { tailRoutes } from './routes/tail.ts'

/** Every operation of the API. */
export const routes: readonly AnyRoute[] = [
  ...applicationRoutes,
  ...endpointRoutes,
  ...endpointsAcrossRoutes,
  ...endpointSecretRoutes,
  ...replayRoutes,
  ...eventTypeRoutes,
  ...eventTypeImportRoutes,
  ...messageRoutes,
  ...messageSearchRoutes,
  ...batchRoutes,
  ...attemptRoutes,
  ...authenticationRoutes,
  ...backgroundTaskRoutes,
  ...statisticsRoutes,
  ...seriesRoutes,
  ...tailRoutes,
  ...searchRoutes,
  ...liveRoutes,
  ...sourceRoutes,
  ...sourceEndpointRoutes,
]
