import { useTranslation } from 'react-i18next'
import { dataOf, type Schemas } from '../../../api/client.ts'
import { useAction } from '../../../parts/actions.tsx'
import { useApi } from '../../../session/SessionContext.tsx'
import { type EndpointIds, endpointKeys } from '../endpoint-queries.ts'

export function headersKeyOf(ids: EndpointIds) {
  return [...endpointKeys.one(ids), 'headers'] as const
}

interface Options {
  readonly onDone?: () => void
  readonly isQuiet?: boolean
}

/** Sets some of the custom headers, or takes them away; the others stay. */
export function useChangeHeaders(ids: EndpointIds, options: Options = {}) {
  const { t } = useTranslation(['endpoints', 'common'])
  const api = useApi()
  return useAction({
    run: (body: Schemas['EndpointHeadersPatchIn']) =>
      dataOf(
        api.PATCH('/api/v1/app/{app_id}/endpoint/{endpoint_id}/headers', {
          params: { path: { app_id: ids.appId, endpoint_id: ids.endpointId } },
          body,
        }),
      ),
    done: t('common:saved'),
    changes: [headersKeyOf(ids)],
    ...options,
  })
}
