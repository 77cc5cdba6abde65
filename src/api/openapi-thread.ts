import { parentPort, workerData } from 'node:worker_threads'
import { parse } from 'yaml'
import { eventsOf } from '#core/openapi-events.ts'

/** A document as an object, or as the text of one. */
export type GivenDocument = { readonly object: unknown } | { readonly text: string }

export type ReadDocument =
  | ReturnType<typeof eventsOf>
  /** It is neither JSON nor YAML. */
  | { readonly unreadable: string }

/** Of the aliases of YAML, each of which repeats what it stands for. */
const maxAliases = 100

function documentOf(given: GivenDocument): unknown {
  if ('object' in given) return given.object
  const { text } = given
  if (/^\s*\{/.test(text)) {
    try {
      return JSON.parse(text) as unknown
    } catch {
      // Braces begin a YAML text, too.
    }
  }
  return parse(text, { schema: 'core', maxAliasCount: maxAliases, logLevel: 'error' }) as unknown
}

function read(given: GivenDocument): ReadDocument {
  let document: unknown
  try {
    document = documentOf(given)
  } catch (error) {
    return { unreadable: error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error) }
  }
  return eventsOf(document)
}

parentPort?.postMessage(read(workerData as GivenDocument))
