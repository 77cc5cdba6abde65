import { useTranslation } from 'react-i18next'
import { dataOf } from '../../api/client.ts'
import { useAction } from '../../parts/actions.tsx'
import { useApi } from '../../session/SessionContext.tsx'
import { type EndpointIds, endpointKeys } from './endpoint-queries.ts'

/** Disables an endpoint, or enables it again. */
export function useSwitch(ids: EndpointIds) {
  const { t } = useTranslation(['endpoints', 'common'])
  const api = useApi()
  return useAction({
    run: ({ disabled }: { readonly disabled: boolean }) =>
      dataOf(
        api.PATCH('/api/v1/app/{app_id}/endpoint/{endpoint_id}', {
          params: { path: { app_id: ids.appId, endpoint_id: ids.endpointId } },
          body: { disabled },
        }),
      ),
    done: t('switched'),
    changes: [endpointKeys.one(ids), endpointKeys.list(ids.appId), ['endpoints', 'all']],
  })
}
