import type { FastifyInstance } from 'fastify'
import type { ApiParts } from '../parts.ts'

/** For load balancers and monitoring; no token is asked for. */
export function registerHealth(api: FastifyInstance, parts: ApiParts): void {
  for (const method of ['GET', 'HEAD'] as const) {
    api.route({ method, url: '/api/v1/health', handler: (_request, reply) => reply.code(204).send() })
  }
  api.get('/health/ping', (_request, reply) => reply.code(204).send())
  api.get('/health/live', (_request, reply) => reply.send({ status: 'live' }))
  api.get('/health/ready', async (_request, reply) => {
    const { ready, reasons } = await parts.readiness()
    return reply.code(ready ? 200 : 503).send({ status: ready ? 'ready' : 'not ready', reasons })
  })
  api.get('/metrics', async (_request, reply) =>
    reply
      .header('content-type', 'text/plain; version=0.0.4; charset=utf-8')
      .send(await parts.metrics.render()),
  )
}
