import { Rejected } from '#core/errors.ts'
import type { EventType } from '#core/event-type.ts'
import { importEventTypes } from '#service/import-event-types.ts'
import { readOpenapi } from '../read-openapi.ts'
import { type AnyRoute, ok, route } from '../route.ts'
import { eventTypeImportOpenApiIn, eventTypeImportOpenApiOut } from '../schemas/event-type.ts'

const maxDocumentBytes = 4 * 1024 * 1024

function show({ name, description, schemas, deprecated, archived, groupName, featureFlags }: EventType) {
  return { name, description, schemas, deprecated, archived, groupName, featureFlags }
}

export const eventTypeImportRoutes: readonly AnyRoute[] = [
  route({
    method: 'POST',
    path: '/api/v1/event-type/import/openapi',
    operationId: 'v1.event-type.import-openapi',
    tag: 'Event Type',
    summary: 'Create and change event types by an OpenAPI document',
    description:
      'Takes `webhooks` (OpenAPI 3.1) or `x-webhooks` (3.0); callbacks are no events. A webhook’s key is the name, its operation’s description or summary the description, its first tag the group, the schema of its JSON body the schema of version 1, with what it refers to written out in its place. References lead into the document alone. What the document does not say of an event type stays as it is; an archived one that it names is in use again. All or nothing. Exactly one of `spec` and `specRaw` is given, of at most 4 MiB.',
    access: 'organisation',
    body: eventTypeImportOpenApiIn,
    maxBodyBytes: maxDocumentBytes,
    responses: { 200: { description: 'What has changed, or would', schema: eventTypeImportOpenApiOut } },
    async handle({ caller, body }, { parts: { storage } }) {
      const { spec, specRaw } = body
      if ((spec == null) === (specRaw == null)) {
        throw new Rejected('bad_request', 'one_document', 'Exactly one of spec and specRaw is needed')
      }
      const events =
        spec == null
          ? await readOpenapi({ text: specRaw ?? '' }, ['body', 'specRaw'])
          : await readOpenapi({ object: spec }, ['body', 'spec'])
      const options = { isDryRun: body.dryRun, replacesAll: body.replaceAll }
      const changed = await importEventTypes(storage, caller.orgId, events, options, Date.now())
      return ok({
        data: body.dryRun
          ? { modified: [], to_modify: changed.map(show) }
          : { modified: changed.map(({ name }) => name), to_modify: null },
      })
    },
  }),
]
