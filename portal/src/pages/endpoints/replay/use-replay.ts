import { type Api, dataOf, type Schemas } from '../../../api/client.ts'
import { useAction } from '../../../parts/actions.tsx'
import { useApi } from '../../../session/SessionContext.tsx'
import { type EndpointIds, endpointKeys } from '../endpoint-queries.ts'
import { filterOf, periodOf, type ReplayValues } from './replay-values.ts'

type Started = Schemas['ReplayOut'] | Schemas['RecoverOut']

/** Starts the background task that sends again. */
export function useReplay(ids: EndpointIds, onStarted: (taskId: string) => void) {
  const api = useApi()
  return useAction({
    run: (values: ReplayValues) => startReplay(api, ids, values),
    changes: [endpointKeys.one(ids), ['tasks']],
    isQuiet: true,
    onDone: ({ id }) => onStarted(id),
  })
}

async function startReplay(api: Api, ids: EndpointIds, values: ReplayValues): Promise<Started> {
  const period = periodOf(values, Date.now())
  if (period === null) throw new Error('a replay needs a beginning')
  const params = { path: { app_id: ids.appId, endpoint_id: ids.endpointId } }
  if (values.kind === 'failed') {
    return await dataOf(
      api.POST('/api/v1/app/{app_id}/endpoint/{endpoint_id}/recover', { params, body: period }),
    )
  }
  if (values.kind === 'missing') {
    return await dataOf(
      api.POST('/api/v1/app/{app_id}/endpoint/{endpoint_id}/replay-missing', { params, body: period }),
    )
  }
  const body = { ...period, ...filterOf(values) }
  return await dataOf(api.POST('/api/v1/app/{app_id}/endpoint/{endpoint_id}/bulk-replay', { params, body }))
}
