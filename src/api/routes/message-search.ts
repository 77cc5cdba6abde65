import { z } from 'zod'
import { listResponse, pageOf } from '../listing.ts'
import { type AnyRoute, route } from '../route.ts'
import { reference } from '../schemas/common.ts'
import { messageList, messageSearchIn } from '../schemas/message.ts'
import { listJson, messageJson } from '../show.ts'

export const messageSearchRoutes: readonly AnyRoute[] = [
  route({
    method: 'POST',
    path: '/api/v1/app/{app_id}/msg/search',
    operationId: 'v1.message.search',
    tag: 'Message',
    summary: 'List messages by a filter in the body',
    description: 'The same as the list of messages, for filters that are too long for a URL.',
    access: 'ViewBase',
    params: z.object({ app_id: reference }),
    body: messageSearchIn,
    responses: { 200: { description: 'A page of messages, newest first', schema: messageList } },
    async handle({ caller, params, body }, { parts: { storage }, access }) {
      const { id } = await access.application(caller, params.app_id)
      const page = pageOf({ limit: body.limit, iterator: body.iterator ?? undefined }, 'descending')
      const filter = {
        channel: body.channel ?? null,
        tag: body.tag ?? null,
        eventTypes: body.event_types ?? null,
        before: body.before == null ? null : Date.parse(body.before),
        after: body.after == null ? null : Date.parse(body.after),
      }
      const listed = await storage.listMessages(id, page, filter, body.with_content)
      const show = (message: Parameters<typeof messageJson>[0]) => messageJson(message, body.with_content)
      return {
        status: 200,
        json: listJson(listResponse(listed, page, (message) => message.id, show, ['body', 'iterator'])),
      }
    },
  }),
]
