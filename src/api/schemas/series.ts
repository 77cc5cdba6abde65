import { z } from 'zod'
import { dateTime } from './common.ts'

const count = z.int()

const percentiles = z
  .object({ p50: z.number(), p90: z.number(), p99: z.number() })
  .describe('In milliseconds, known to about a factor of two, and at most an hour')
  .meta({ id: 'Percentiles' })

const period = {
  since: dateTime,
  until: dateTime,
  stepSeconds: z.int().describe('How long each entry’s time is'),
}

export const trafficSeriesOut = z
  .object({
    ...period,
    data: z
      .array(
        z
          .object({
            at: dateTime.describe('Where the step begins'),
            messages: count.describe('Messages stored'),
            deliveries: count.describe('Deliveries made for messages'),
            delivered: count.describe('Deliveries that reached their endpoint'),
            exhausted: count.describe('Deliveries that were given up'),
            retried: count.describe('Attempts that failed and are made again'),
            pending: count
              .nullable()
              .describe(
                'Unfinished deliveries when they were counted last in this step; null where they were not',
              ),
            latencyMs: percentiles
              .nullable()
              .describe(
                'From publishing, or from when it was due where it arrived at its first attempt, to the arrival; null where nothing arrived',
              ),
            durationMs: percentiles.nullable().describe('Of attempts; null where there was none'),
          })
          .meta({ id: 'TrafficStep' }),
      )
      .describe('Oldest first, without gaps'),
  })
  .meta({ id: 'TrafficSeriesOut' })

export const attemptSeriesOut = z
  .object({
    ...period,
    data: z
      .array(
        z
          .object({
            at: dateTime.describe('Where the hour begins'),
            success: count,
            failure: count,
            canceled: count,
          })
          .meta({ id: 'AttemptStep' }),
      )
      .describe('Oldest first, without gaps'),
  })
  .meta({ id: 'AttemptSeriesOut' })

export const worstEndpointsOut = z
  .object({
    data: z
      .array(
        z
          .object({
            appId: z.string(),
            appName: z.string(),
            appUid: z.string().nullable(),
            endpointId: z.string(),
            url: z.string(),
            description: z.string(),
            success: count.describe('Attempts that succeeded'),
            failure: count.describe('Attempts that failed'),
            disabled: z.boolean(),
            disabledReason: z.enum(['operator', 'failing', 'gone']).nullable(),
            failingSince: dateTime.nullable().describe('Since when nothing but failures was seen'),
          })
          .meta({ id: 'WorstEndpoint' }),
      )
      .describe('Those with most failures first'),
  })
  .meta({ id: 'WorstEndpointsOut' })
