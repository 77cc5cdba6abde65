import { z } from 'zod'
import { dateTime, listOf } from './common.ts'

export const taskStatus = z.enum(['running', 'finished', 'failed']).meta({ id: 'BackgroundTaskStatus' })
export const taskType = z
  .enum([
    'endpoint.replay',
    'endpoint.recover',
    'application.stats',
    'message.broadcast',
    'sdk.generate',
    'event-type.aggregate',
    'application.purge_content',
    'endpoint.bulk-replay',
  ])
  .meta({ id: 'BackgroundTaskType' })

const started = { id: z.string(), status: taskStatus, task: taskType, updatedAt: dateTime }

export const backgroundTaskOut = z
  .object({ ...started, data: z.record(z.string(), z.unknown()) })
  .meta({ id: 'BackgroundTaskOut' })
export const backgroundTaskList = listOf(backgroundTaskOut, 'ListResponse_BackgroundTaskOut_')
export const recoverOut = z.object(started).meta({ id: 'RecoverOut' })
export const replayOut = z.object(started).meta({ id: 'ReplayOut' })
export const appUsageStatsOut = z
  .object({ ...started, unresolvedAppIds: z.array(z.string()) })
  .meta({ id: 'AppUsageStatsOut' })
