import { Worker } from 'node:worker_threads'
import { type FieldProblem, invalid, Overloaded, Rejected } from '#core/errors.ts'
import type { DescribedEvent } from '#core/openapi-events.ts'
import type { GivenDocument, ReadDocument } from './openapi-thread.ts'

const deadlineMs = 10_000
const maxMemoryMb = 256
const maxAtOnce = 2
let reading = 0

/**
 * The events that an OpenAPI document describes, read in a thread of its own: a large one would hold up every request and
 * every delivery. Throws `Rejected` naming what is wrong with it.
 *
 * @param loc where the document stands in the request
 */
export async function readOpenapi(
  given: GivenDocument,
  loc: readonly string[],
): Promise<readonly DescribedEvent[]> {
  if (reading >= maxAtOnce) throw new Overloaded('other documents are being read')
  reading++
  try {
    const result = await inThread(given)
    if (result === null) throw invalid(loc, 'is too large or too entangled to be read')
    if ('unreadable' in result) throw invalid(loc, `is neither JSON nor YAML: ${result.unreadable}`)
    if ('problems' in result) {
      const problems = result.problems.map((each): FieldProblem => ({
        loc: [...loc, ...each.loc],
        msg: each.msg,
        type: 'value_error.openapi',
      }))
      throw new Rejected('invalid', 'validation_error', 'The document is not valid', { problems })
    }
    return result.events
  } finally {
    reading--
  }
}

/** Null where it took too long or too much memory. */
async function inThread(given: GivenDocument): Promise<ReadDocument | null> {
  const worker = new Worker(new URL('openapi-thread.ts', import.meta.url), {
    workerData: given,
    resourceLimits: { maxOldGenerationSizeMb: maxMemoryMb },
  })
  const { promise, resolve, reject } = Promise.withResolvers<ReadDocument | null>()
  const timer = setTimeout(() => resolve(null), deadlineMs)
  worker.once('message', resolve)
  worker.once('error', (error: Error & { readonly code?: string }) => {
    if (error.code === 'ERR_WORKER_OUT_OF_MEMORY' || error instanceof RangeError) resolve(null)
    else reject(error)
  })
  try {
    return await promise
  } finally {
    clearTimeout(timer)
    await worker.terminate()
  }
}
