import type { Schemas } from '../api/client.ts'

/** Keys of the catalogue `failures`: what happened, and what to do. */
export interface Explanation {
  readonly cause: string
  readonly advice: string
}

/** What a failed attempt means for whoever owns the endpoint; null for one that succeeded. */
export function explainAttempt(_attempt: Schemas['MessageAttemptOut']): Explanation | null {
  return null
}
