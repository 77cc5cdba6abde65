import type { AnyRoute } from './route.ts'
import { applicationRoutes } from './routes/applications.ts'
import { attemptRoutes } from './routes/attempts.ts'
import { authenticationRoutes } from './routes/authentication.ts'
import { backgroundTaskRoutes } from './routes/background-tasks.ts'
import { batchRoutes } from './routes/batch.ts'
import { endpointSecretRoutes } from './routes/endpoint-secrets.ts'
import { endpointRoutes } from './routes/endpoints.ts'
import { eventTypeRoutes } from './routes/event-types.ts'
import { messageRoutes } from './routes/messages.ts'
import { replayRoutes } from './routes/replays.ts'
import { sourceEndpointRoutes } from './routes/source-endpoints.ts'
import { sourceRoutes } from './routes/sources.ts'
import { statisticsRoutes } from './routes/statistics.ts'
import { tailRoutes } from './routes/tail.ts'

/** Every operation of the API. */
export const routes: readonly AnyRoute[] = [
  ...applicationRoutes,
  ...endpointRoutes,
  ...endpointSecretRoutes,
  ...replayRoutes,
  ...eventTypeRoutes,
  ...messageRoutes,
  ...batchRoutes,
  ...attemptRoutes,
  ...authenticationRoutes,
  ...backgroundTaskRoutes,
  ...statisticsRoutes,
  ...tailRoutes,
  ...sourceRoutes,
  ...sourceEndpointRoutes,
]
