import { z } from 'zod'
import { invalid } from '#core/errors.ts'
import { matches } from '#core/filter.ts'
import type { Place } from '#storage/storage.ts'
import { type LiveFilter, type LiveIds, liveIds } from '../live-feed.ts'
import { type AnyRoute, type RequestContext, route, type Tools } from '../route.ts'
import { eventTypeName, queryList, reference } from '../schemas/common.ts'
import { liveStream } from '../schemas/live.ts'
import { endpointOf } from './endpoints.ts'

const params = z.object({ app_id: reference })
const query = z.object({
  iterator: z
    .string()
    .max(64)
    .optional()
    .describe('The id of an event: begins behind it. The header `Last-Event-ID` takes precedence'),
  event_types: queryList(eventTypeName),
  endpoint_id: reference
    .optional()
    .describe('Only attempts at this endpoint, and messages that it subscribes to'),
})

type Context = RequestContext<z.infer<typeof params>, z.infer<typeof query>, null>

function placeOf({ headers, query: { iterator } }: Context, ids: LiveIds): Place | null {
  const last = headers['last-event-id']
  const [text, loc] =
    typeof last === 'string' && last !== ''
      ? [last, ['header', 'last-event-id']]
      : [iterator, ['query', 'iterator']]
  if (text === undefined || text === '') return null
  const place = ids.read(text)
  if (place === null) throw invalid(loc, 'is the id of no event that this server gave for this application')
  return place
}

/** What the caller is shown, as its token and the endpoint are now. */
async function filterOf({ caller, params: { app_id }, query: asked }: Context, { parts, access }: Tools) {
  const { id: appId } = await access.application(caller, app_id)
  const endpoint =
    asked.endpoint_id === undefined ? null : await endpointOf(parts.storage, appId, asked.endpoint_id)
  const isOfType = (eventType: string): boolean => asked.event_types?.includes(eventType) !== false
  const filter: LiveFilter = {
    message: (message) => isOfType(message.eventType) && (endpoint === null || matches(endpoint, message)),
    attempt: ({ eventType, endpointId }) =>
      isOfType(eventType) && (endpoint === null || endpoint.id === endpointId),
  }
  return { appId, filter }
}

export const liveRoutes: readonly AnyRoute[] = [
  route({
    method: 'GET',
    path: '/api/v1/app/{app_id}/live',
    operationId: 'v1.application.live',
    tag: 'Application',
    summary: 'Watch messages and attempts as they happen',
    description:
      'Server-sent events: `message` for each message that is published, `attempt` for each exchange with an endpoint that has ended, both without their contents, half a second after they are stored and as soon as nothing can appear before them. It begins now, or behind the event whose id is given, with everything that came since, each once. A comment comes every 15 seconds while nothing happens. The stream ends when the token does, when the application or the endpoint is deleted, and at shutdown; whoever asks again with the last id misses nothing. At most 200 are open at a time (503 beyond), 25 of one application (429 beyond).',
    access: 'ViewBase',
    params,
    query,
    responses: { 200: { description: 'A stream of events', schema: liveStream, type: 'text/event-stream' } },
    async handle(request, tools) {
      const { appId, filter } = await filterOf(request, tools)
      const ids = liveIds(appId, tools.parts.vault)
      const body = await tools.live.open({
        appId,
        ids,
        after: placeOf(request, ids),
        filter,
        async recheck() {
          await request.recheckToken()
          return (await filterOf(request, tools)).filter
        },
      })
      // Nothing on the way may keep what has to arrive now.
      const headers = { 'cache-control': 'no-store, no-transform', 'x-accel-buffering': 'no' }
      return { status: 200, headers, stream: { type: 'text/event-stream', body } }
    },
  }),
]
