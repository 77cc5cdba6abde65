import { z } from 'zod'
import type { Found } from '#storage/storage.ts'
import { type AnyRoute, ok, type RequestContext, route, type Tools } from '../route.ts'
import { reference } from '../schemas/common.ts'
import { searchOut } from '../schemas/search.ts'
import { showAttemptHead, time } from '../show.ts'
import type { Caller } from '../tokens.ts'

const query = z.object({
  q: z
    .string()
    .trim()
    .min(2)
    .max(256)
    .describe('An id, a uid, an event id, or a part of a name, URL or description'),
  app_id: reference
    .optional()
    .describe('Of applications, endpoints, messages and attempts, only what is of this application'),
  limit: z.coerce
    .number()
    .int()
    .min(1)
    .max(20)
    .default(5)
    .describe('Of each kind at most so many')
    .meta({ type: 'integer' }),
})

/** A portal token looks into its own application; what lies beyond does not exist for it. */
async function scopeOf(caller: Caller, ref: string | undefined, { access }: Tools): Promise<string | null> {
  if (ref !== undefined) return (await access.application(caller, ref)).id
  return caller.kind === 'application' ? caller.appId : null
}

function show(found: Found) {
  return {
    applications: found.applications.map(({ id, uid, name, createdAt }) => ({
      id,
      uid,
      name,
      createdAt: time(createdAt),
    })),
    endpoints: found.endpoints.map((endpoint) => {
      const { id, uid, appId, appName, appUid, url, description, disabledReason, failingSince } = endpoint
      return {
        id,
        uid,
        appId,
        appName,
        appUid,
        url,
        description,
        disabled: disabledReason !== null,
        failingSince: failingSince === null ? null : time(failingSince),
        createdAt: time(endpoint.createdAt),
      }
    }),
    messages: found.messages.map(({ id, appId, eventType, eventId, createdAt }) => ({
      id,
      appId,
      eventType,
      eventId,
      createdAt: time(createdAt),
    })),
    attempts: found.attempts.map((attempt) => {
      const { timestamp, responseDurationMs: _, triggerType: __, ...shown } = showAttemptHead(attempt)
      return { ...shown, appId: attempt.appId, createdAt: timestamp }
    }),
    eventTypes: found.eventTypes.map(({ name, description, archived, deprecated, createdAt }) => ({
      name,
      description,
      archived,
      deprecated,
      createdAt: time(createdAt),
    })),
    sources: found.sources.map(({ id, uid, name, type, appId, createdAt }) => ({
      id,
      uid,
      name,
      type,
      appId,
      createdAt: time(createdAt),
    })),
  }
}

async function search(
  { caller, query: { q, app_id, limit } }: RequestContext<unknown, z.infer<typeof query>, null>,
  tools: Tools,
) {
  const appId = await scopeOf(caller, app_id, tools)
  const isPortal = caller.kind === 'application'
  const found = await tools.parts.storage.search({
    orgId: caller.orgId,
    appId,
    text: q,
    limit,
    featureFlags: isPortal ? caller.featureFlags : null,
  })
  // Sources are the organisation's own matter.
  return ok(show(isPortal ? { ...found, sources: [] } : found))
}

export const searchRoutes: readonly AnyRoute[] = [
  route({
    method: 'GET',
    path: '/api/v1/search',
    operationId: 'v1.search',
    tag: 'Search',
    summary: 'Find what an id or a word belongs to',
    description:
      'An id finds what it is of, and nothing else. Any other text finds applications by uid or a part of it or of the name, endpoints by a part of the URL, description or uid, event types by a part of the name, sources by a part of the name or uid, and messages by their whole eventId; the case of A to Z does not matter, but in an eventId. Names and URLs are looked for in the newest 50,000 applications and endpoints. Messages are found in the newest 1,000 applications, and in any that `app_id` names. An attempt is found only while it is among the newest 10,000 at the 500 newest endpoints of these applications, each endpoint having the same share: `app_id` makes it more. A portal token finds what is of its application, and event types.',
    access: 'ViewBase',
    query,
    responses: { 200: { description: 'What was found, by kind', schema: searchOut } },
    handle: search,
  }),
]
