import { z } from 'zod'
import { dateTime } from './common.ts'

export const tailOut = z
  .object({
    data: z.array(
      z.object({
        id: z.string(),
        eventType: z.string(),
        timestamp: dateTime,
        headers: z.array(z.tuple([z.string(), z.string()])).describe('In their order; a name may come twice'),
        contentType: z.string(),
        iterator: z.string().describe('Where a request begins that is to go on behind it'),
        body: z.string().nullable().describe('Its bytes in base64; null once the payload has expired'),
      }),
    ),
    iterator: z.string().describe('Where the next request begins'),
    done: z.boolean().describe('Nothing more waits'),
  })
  .meta({ id: 'MessageTailOut' })
