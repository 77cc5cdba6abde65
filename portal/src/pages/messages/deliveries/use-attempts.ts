import { useQuery, useQueryClient, type UseQueryResult } from '@tanstack/react-query'
import { useEffect } from 'react'
import type { Listed } from '../../../api/listing.ts'
import {
  type Attempt,
  type Destination,
  type MessageIds,
  useAttemptsQuery,
  useDestinationsQuery,
} from '../message-queries.ts'
import { refreshAfter } from './standing.ts'

const refreshMs = 1_000
/** So long the page looks for the attempt that was asked for by hand. */
const patienceMs = 60_000
/** The clocks of browser and server may differ by so much. */
const skewMs = 5_000

/**
 * The attempts at one endpoint, kept fresh while another may come. What they and the delivery's state say is never far
 * apart: when one changes, the other is read anew.
 */
export function useAttempts(
  ids: MessageIds,
  destination: Destination,
  resentAt: number | null,
): UseQueryResult<Listed<Attempt>> {
  const queries = useQueryClient()
  const { queryKey } = useDestinationsQuery(ids)
  const query = useQuery({
    ...useAttemptsQuery(ids, destination.id),
    refetchInterval: ({ state }) =>
      awaits(resentAt, state.data?.data ?? []) ? refreshMs : refreshAfter([destination], Date.now()),
  })
  const { refetch, data } = query
  const standing = `${destination.statusText} ${destination.nextAttempt ?? ''}`
  useEffect(() => void refetch({ cancelRefetch: false }), [standing, refetch])
  const newest = data?.data[0]?.id
  useEffect(() => {
    if (newest !== undefined) void queries.invalidateQueries({ queryKey })
    // Its key is another object each time.
    // oxlint-disable-next-line react-hooks/exhaustive-deps
  }, [newest])
  return query
}

function awaits(resentAt: number | null, attempts: readonly Attempt[]): boolean {
  if (resentAt === null || Date.now() - resentAt > patienceMs) return false
  return !attempts.some(
    ({ triggerType, timestamp }) => triggerType === 1 && Date.parse(timestamp) > resentAt - skewMs,
  )
}
