import { z } from 'zod'
import { listResponse, pageOf, plainListQuery } from '../listing.ts'
import { type AnyRoute, ok, route } from '../route.ts'
import { ownedEndpointList } from '../schemas/endpoint.ts'
import { showOwnedEndpoint } from '../show.ts'

export const endpointsAcrossRoutes: readonly AnyRoute[] = [
  route({
    method: 'GET',
    path: '/api/v1/endpoint',
    operationId: 'v1.endpoint.list-all',
    tag: 'Endpoint',
    summary: 'List endpoints of all applications',
    access: 'organisation',
    query: z.object({
      ...plainListQuery,
      state: z
        .enum(['enabled', 'disabled', 'failing'])
        .optional()
        .describe('Failing: enabled, and nothing has arrived since its `failingSince`'),
      search: z
        .string()
        .min(2)
        .max(256)
        .optional()
        .describe('Somewhere in its URL, description or uid, whatever the case of A to Z'),
    }),
    responses: { 200: { description: 'A page of endpoints, newest first', schema: ownedEndpointList } },
    async handle({ caller, query }, { parts: { storage } }) {
      const page = pageOf(query, 'descending')
      const filter = { state: query.state ?? null, search: query.search ?? null }
      const listed = await storage.listEndpointsAcross(caller.orgId, page, filter)
      return ok(listResponse(listed, page, ({ id }) => id, showOwnedEndpoint))
    },
  }),
]
