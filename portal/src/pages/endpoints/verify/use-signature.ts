import { useQuery } from '@tanstack/react-query'
import { dataOf } from '../../../api/client.ts'
import { useAttemptHeadersQuery } from '../../../parts/attempt-headers-query.ts'
import { useApi } from '../../../session/SessionContext.tsx'
import { type EndpointIds, endpointKeys } from '../endpoint-queries.ts'
import type { HeaderPrefix } from './samples/sample.ts'

export interface SignatureKind {
  readonly headerPrefix: HeaderPrefix
  /** Ed25519 instead of HMAC. */
  readonly isAsymmetric: boolean
}

/** How deliveries to the endpoint are signed: by its secret where that is known, else as the newest attempt was. */
export function useSignature(ids: EndpointIds, secret: string | null): SignatureKind {
  const api = useApi()
  const { data: newest } = useQuery({
    queryKey: [...endpointKeys.one(ids), 'attempts', 'newest'],
    queryFn: ({ signal }) =>
      dataOf(
        api.GET('/api/v1/app/{app_id}/attempt/endpoint/{endpoint_id}', {
          params: {
            path: { app_id: ids.appId, endpoint_id: ids.endpointId },
            query: { limit: 1, with_content: 'false' },
          },
          signal,
        }),
      ),
  })
  const attempt = newest?.data[0]
  const { data } = useQuery({
    ...useAttemptHeadersQuery(ids.appId, attempt?.msgId ?? '', attempt?.id ?? ''),
    enabled: attempt !== undefined,
  })
  return signatureKind(data?.sentHeaders ?? {}, secret)
}

export function signatureKind(sent: Readonly<Record<string, string>>, secret: string | null): SignatureKind {
  const standard = sent['webhook-signature']
  const svix = sent['svix-signature']
  const signature = standard ?? svix
  return {
    headerPrefix: standard === undefined && svix !== undefined ? 'svix' : 'webhook',
    isAsymmetric:
      secret === null ? signature !== undefined && !/(^| )v1,/.test(signature) : secret.startsWith('whpk_'),
  }
}
