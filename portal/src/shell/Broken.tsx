import type { ErrorComponentProps } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { Failure } from '../parts/Failure.tsx'

/** A page that threw while it was drawn, or whose program could not be loaded. */
export function Broken({ error }: ErrorComponentProps): ReactNode {
  return (
    <Failure
      error={error instanceof Error ? error : new Error(String(error))}
      retry={() => location.reload()}
    />
  )
}
