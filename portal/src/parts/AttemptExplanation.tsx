import type { ReactNode } from 'react'
import type { Schemas } from '../api/client.ts'

/** What happened, and what to do about it. */
export function AttemptExplanation(_props: { readonly attempt: Schemas['MessageAttemptOut'] }): ReactNode {
  return null
}
