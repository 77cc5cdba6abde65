import { QueryClient } from '@tanstack/react-query'
import { ApiError } from './api-error.ts'

const freshForMs = 5_000
const maxTries = 2

/** Keeps what was read for a moment, and asks again only where that can help. */
export function createQueries(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: freshForMs,
        retry: (failures, error) => failures < maxTries && isPassing(error),
      },
    },
  })
}

function isPassing(error: Error): boolean {
  return error instanceof ApiError && (error.status === 0 || error.status >= 500)
}
