import { z } from 'zod'

/** As a client gets it: the text of a stream has no JSON shape. */
export const liveStream = z
  .string()
  .describe(
    'Events with the fields of MessageOut (id, eventType, eventId, channels, timestamp) or of MessageAttemptOut (id, msgId, endpointId, url, status, statusText, responseStatusCode, responseDurationMs, triggerType, timestamp) as JSON',
  )
