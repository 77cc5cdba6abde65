import { z } from 'zod'
import { dateTime, reference, uniqueArray } from './common.ts'

const counts = z
  .object({ success: z.int(), failure: z.int(), canceled: z.int() })
  .meta({ id: 'AppAttemptEventTypeStats' })

export const appAttemptStatsOut = z
  .object({
    by_event_type: z.record(z.string(), counts),
    total_success: z.int(),
    total_failure: z.int(),
    total_canceled: z.int(),
    since: dateTime,
    until: dateTime,
  })
  .meta({ id: 'AppAttemptStatsOut' })

export const appUsageStatsIn = z
  .object({ since: dateTime, until: dateTime, appIds: uniqueArray(reference, 0, null).nullish() })
  .meta({ id: 'AppUsageStatsIn' })

export const endpointCountOut = z
  .object({ active: z.int(), disabled: z.int() })
  .meta({ id: 'EndpointCountOut' })
