import { queryOptions } from '@tanstack/react-query'
import { dataOf, type Schemas } from '../../api/client.ts'
import { type Listed, useList } from '../../api/listing.ts'
import { useApi } from '../../session/SessionContext.tsx'
import type { MessagesSearch } from './messages-search.ts'

/** Whose message a page is of. */
export interface MessageIds {
  readonly appId: string
  readonly messageId: string
}

export const messageKeys = {
  /** The messages of an application. */
  list: (appId: string) => ['messages', appId] as const,
  /** Everything that is known of one. */
  one: ({ appId, messageId }: MessageIds) => ['message', appId, messageId] as const,
}

const pageSize = 50
const maxEndpoints = 250

/** Newest first, without payloads. */
export function useMessages(appId: string, { types, channel, tag, after, before }: MessagesSearch) {
  const api = useApi()
  const filter = {
    ...(types === undefined ? {} : { event_types: [...types] }),
    ...(channel === undefined ? {} : { channel }),
    ...(tag === undefined ? {} : { tag }),
    ...(after === undefined ? {} : { after }),
    ...(before === undefined ? {} : { before }),
  }
  return useList([...messageKeys.list(appId), filter], (from, signal) =>
    dataOf(
      api.GET('/api/v1/app/{app_id}/msg', {
        params: {
          path: { app_id: appId },
          query: { ...filter, ...from, limit: pageSize, with_content: 'false' },
        },
        signal,
      }),
    ),
  )
}

function pathOf({ appId, messageId }: MessageIds) {
  return { app_id: appId, msg_id: messageId }
}

export function useMessageQuery(ids: MessageIds) {
  const api = useApi()
  return queryOptions({
    queryKey: messageKeys.one(ids),
    queryFn: ({ signal }) =>
      dataOf(
        api.GET('/api/v1/app/{app_id}/msg/{msg_id}', {
          params: { path: pathOf(ids), query: { with_content: 'false' } },
          signal,
        }),
      ),
  })
}

/** The payload byte for byte. */
export function usePayloadQuery(ids: MessageIds) {
  const api = useApi()
  return queryOptions({
    queryKey: [...messageKeys.one(ids), 'payload'],
    queryFn: ({ signal }) =>
      dataOf(api.GET('/api/v1/app/{app_id}/msg/{msg_id}/raw', { params: { path: pathOf(ids) }, signal })),
  })
}

export type Destination = Schemas['MessageEndpointOut']

/** The endpoints that the message goes to. */
export function useDestinationsQuery(ids: MessageIds) {
  const api = useApi()
  return queryOptions({
    queryKey: [...messageKeys.one(ids), 'destinations'],
    queryFn: ({ signal }): Promise<Listed<Destination>> =>
      dataOf(
        api.GET('/api/v1/app/{app_id}/msg/{msg_id}/endpoint', {
          params: { path: pathOf(ids), query: { limit: maxEndpoints } },
          signal,
        }),
      ),
  })
}

export type Attempt = Schemas['MessageAttemptOut']

/** The newest attempts at one endpoint, newest first. */
export function useAttemptsQuery(ids: MessageIds, endpointId: string) {
  const api = useApi()
  return queryOptions({
    queryKey: [...messageKeys.one(ids), 'attempts', endpointId],
    queryFn: ({ signal }): Promise<Listed<Attempt>> =>
      dataOf(
        api.GET('/api/v1/app/{app_id}/attempt/msg/{msg_id}', {
          params: { path: pathOf(ids), query: { endpoint_id: endpointId, limit: pageSize } },
          signal,
        }),
      ),
  })
}
