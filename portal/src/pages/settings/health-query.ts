import { queryOptions } from '@tanstack/react-query'
import { ApiError } from '../../api/api-error.ts'

export interface Health {
  readonly isReady: boolean
  readonly reasons: readonly string[]
}

const refreshMs = 10_000
const notReadyStatus = 503

/** Whether the server is ready; it says so without a token, and outside of its API. */
export const healthQuery = queryOptions({
  queryKey: ['health'],
  queryFn: async ({ signal }): Promise<Health> => {
    let response: Response
    try {
      response = await fetch('/health/ready', { signal, cache: 'no-store' })
    } catch (error) {
      if (error instanceof DOMException && error.name === 'AbortError') throw error
      throw new ApiError(0, 'unreachable', '', [])
    }
    if (!response.ok && response.status !== notReadyStatus) {
      throw new ApiError(response.status, 'health', '', [])
    }
    const { reasons = [] } = (await response.json()) as { readonly reasons?: readonly string[] }
    return { isReady: response.ok, reasons }
  },
  refetchInterval: refreshMs,
})
