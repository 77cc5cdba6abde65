import { z } from 'zod'

export const httpErrorOut = z
  .object({
    code: z.string().describe('Stable word for programs'),
    detail: z.string().describe('For people'),
  })
  .meta({ id: 'HttpErrorOut' })

const validationError = z
  .object({
    loc: z.array(z.string()).describe('Where: body, query, path or header, then the field'),
    msg: z.string(),
    type: z.string(),
  })
  .meta({ id: 'ValidationError' })

export const httpValidationError = z
  .object({ detail: z.array(validationError) })
  .meta({ id: 'HTTPValidationError' })
