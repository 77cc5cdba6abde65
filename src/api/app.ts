import { randomBytes } from 'node:crypto'
import type { Socket } from 'node:net'
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import type { z } from 'zod'
import { Rejected } from '#core/errors.ts'
import { Access } from './access.ts'
import { type JsonBody, parseJsonBody } from './json-body.ts'
import { refuseNullInBody, refuseNullInQuery } from './null-character.ts'
import { LiveFeed } from './live-feed.ts'
import type { ApiParts } from './parts.ts'
import { fieldProblems, internalError, methodNotAllowed, problemOf, unknownRoute } from './problem.ts'
import type { AnyRoute, Reply, Tools } from './route.ts'
import { routes } from './routes.ts'
import { registerDocs } from './routes/docs.ts'
import { registerHealth } from './routes/health.ts'
import { registerInbound } from './routes/inbound.ts'
import { registerPortal } from './routes/portal.ts'
import { type Caller, TokenVerifier } from './tokens.ts'

/** What a request holds beside the payload itself. */
const envelopeBytes = 64 * 1024
/** How often requests that take too long are looked for, at most. */
const slowLookMs = 5_000
const keepAliveTimeoutMs = 72_000

declare module 'fastify' {
  interface FastifyRequest {
    caller: Caller | null
    startedAt: number
  }
}

/** The HTTP API, not yet listening. */
export async function createApi(parts: ApiParts): Promise<FastifyInstance> {
  const { receiveTimeoutMs } = parts.config
  const api = Fastify({
    logger: false,
    bodyLimit: parts.config.maxPayloadBytes + envelopeBytes,
    requestTimeout: receiveTimeoutMs,
    keepAliveTimeout: keepAliveTimeoutMs,
    connectionTimeout: 0,
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 300 },
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    exposeHeadRoutes: false,
    clientErrorHandler: answerBrokenRequest,
    frameworkErrors(error, request, reply) {
      void reply.headers(answerHeaders(request.id))
      void send(reply, answerTo(error, request, parts))
    },
    genReqId: requestIds(),
    http: {
      headersTimeout: receiveTimeoutMs,
      connectionsCheckingInterval: Math.min(slowLookMs, receiveTimeoutMs),
    },
  })
  api.removeAllContentTypeParsers()
  api.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) => {
    try {
      done(null, parseJsonBody(body as Buffer))
    } catch (error) {
      done(error as Error)
    }
  })
  let isClosing = false
  const live = new LiveFeed(
    parts.storage,
    (error) => parts.logger.warn({ error: wordsOf(error) }, 'a live tail could not be read; trying again'),
    parts.live,
  )
  const tools: Tools = { parts, access: new Access(parts.storage), isClosing: () => isClosing, live }
  api.addHook('preClose', (done) => {
    isClosing = true
    live.close()
    done()
  })
  const verifier = new TokenVerifier(parts.jwtKeys)
  api.decorateRequest('caller', null)
  api.decorateRequest('startedAt', 0)
  registerHealth(api, parts)
  if (parts.config.api) {
    for (const each of routes) registerRoute(api, each, tools, verifier)
    registerDocs(api)
    registerInbound(api, parts)
    if (!(await registerPortal(api, parts))) api.get('/', (_request, reply) => reply.redirect('/docs'))
  }
  api.addHook('onRequest', (request, reply, done) => {
    void reply.headers(answerHeaders(request.id))
    done()
  })
  api.options('/*', (_request, reply) =>
    reply
      .headers({
        'access-control-allow-methods': 'GET, POST, PUT, PATCH, DELETE',
        // The wildcard leaves this one out (Fetch Standard, CORS-preflight fetch).
        'access-control-allow-headers': 'authorization, *',
        'access-control-max-age': '86400',
      })
      .code(204)
      .send(),
  )
  api.setErrorHandler((error, request, reply) => send(reply, answerTo(error, request, parts)))
  api.setNotFoundHandler((request, reply) => send(reply, answerToUnknown(api, request)))
  await api.ready()
  return api
}

function registerRoute(api: FastifyInstance, route: AnyRoute, tools: Tools, verifier: TokenVerifier): void {
  const { metrics } = tools.parts
  api.route({
    method: route.method,
    url: route.path.replaceAll(/\{(\w+)\}/g, ':$1'),
    ...(route.maxBodyBytes === undefined ? {} : { bodyLimit: route.maxBodyBytes }),
    // Before the body: what a stranger sends is not worth reading.
    async onRequest(request) {
      request.startedAt = performance.now()
      const known = verifier.callerOf(request.headers.authorization, Date.now())
      const caller = known instanceof Promise ? await known : known
      if (caller.kind === 'application') await tools.access.check(caller, route.access)
      request.caller = caller
    },
    async handler(request, reply) {
      return end(request, reply, await answerRequest(route, request, tools, verifier))
    },
    errorHandler(error, request, reply) {
      void end(request, reply, answerTo(error, request, tools.parts))
    },
  })
  function end(request: FastifyRequest, reply: FastifyReply, answer: Reply): FastifyReply {
    metrics.requestEnded(route.method, route.path, answer.status, performance.now() - request.startedAt)
    return send(reply, answer)
  }
}

async function answerRequest(
  route: AnyRoute,
  request: FastifyRequest,
  tools: Tools,
  verifier: TokenVerifier,
): Promise<Reply> {
  refuseNullInQuery(request.url)
  const context = {
    caller: request.caller,
    params: validated('path', route.params, request.params),
    query: validated('query', route.query, joinedArrays(request.query as Record<string, unknown>)),
    body: bodyOf(route, request),
    rawBody: (request.body ?? null) as JsonBody | null,
    headers: request.headers,
    target: `${route.method} ${request.url}`,
    isGone: () => request.raw.socket.destroyed,
    async recheckToken() {
      const caller = await verifier.callerOf(request.headers.authorization, Date.now())
      await tools.access.check(caller, route.access)
    },
  }
  return await route.handle(context as Parameters<AnyRoute['handle']>[0], tools)
}

function validated(root: string, schema: z.ZodType | undefined, value: unknown): unknown {
  if (schema === undefined) return {}
  const result = schema.safeParse(value)
  if (result.success) return result.data
  throw new Rejected('invalid', 'validation_error', 'The request is not valid', {
    problems: fieldProblems(root, result.error.issues),
  })
}

function bodyOf(route: AnyRoute, request: FastifyRequest): unknown {
  if (route.body === undefined) return null
  const given = (request.body ?? null) as JsonBody | null
  if (given === null) {
    if (route.isBodyOptional === true) return validated('body', route.body, {})
    throw new Rejected('invalid', 'validation_error', 'The body is missing', {
      problems: [{ loc: ['body'], msg: 'is missing', type: 'value_error.missing' }],
    })
  }
  refuseNullInBody(given)
  return route.readBody === undefined ? validated('body', route.body, given.value) : route.readBody(given)
}

/** `x[]=1&x[0]=2` is the same as `x=1&x=2`. */
function joinedArrays(query: Record<string, unknown>): Record<string, unknown> {
  const result: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(query)) {
    const key = name.replace(/\[\d*\]$/, '')
    result[key] = key in result ? [result[key], value].flat() : value
  }
  return result
}

/** Unique among all nodes, and found again in the log. */
function requestIds(): () => string {
  const prefix = randomBytes(6).toString('base64url')
  let count = 0
  return () => `${prefix}-${(count++).toString(36)}`
}

/** On every answer. Any page may read it: what protects it is the token. */
function answerHeaders(requestId: string): Record<string, string> {
  return {
    'access-control-allow-origin': '*',
    'access-control-expose-headers': '*',
    'x-request-id': requestId,
  }
}

function answerTo(error: unknown, request: FastifyRequest, parts: ApiParts): Reply {
  const answer = problemOf(error)
  if (answer !== null) return answer
  parts.logger.error(
    { requestId: request.id, method: request.method, route: request.routeOptions.url, error: wordsOf(error) },
    'request failed',
  )
  return internalError
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}

const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const

function answerToUnknown(api: FastifyInstance, request: FastifyRequest): Reply {
  const path = request.url.split('?', 1)[0] ?? '/'
  const allowed = methods.filter((method) => {
    const found = api.findRoute({ method, url: path })
    // The portal's page is at every path.
    return (found !== null && !('*' in found.params)) || api.hasRoute({ method, url: path })
  })
  return allowed.length > 0 ? methodNotAllowed(allowed) : unknownRoute
}

function send(reply: FastifyReply, answer: Reply): FastifyReply {
  void reply.code(answer.status)
  if (answer.headers !== undefined) void reply.headers(answer.headers)
  if (answer.stream !== undefined) {
    return reply.header('content-type', answer.stream.type).send(answer.stream.body)
  }
  if (answer.json === undefined && answer.body === undefined) return reply.send()
  void reply.header('content-type', 'application/json')
  return reply.serializer(asIs).send(answer.json ?? JSON.stringify(answer.body))
}

/** Answers are text already. */
function asIs(text: unknown): string {
  return text as string
}

/** For what is no HTTP request: nothing of the framework is there yet. */
function answerBrokenRequest(error: Error & { readonly code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return
  const [status, words] =
    error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
      ? ['408 Request Timeout', 'The request took too long to arrive']
      : error.code === 'HPE_HEADER_OVERFLOW'
        ? ['431 Request Header Fields Too Large', 'The headers are too large']
        : ['400 Bad Request', 'This is no HTTP request']
  const body = JSON.stringify({ code: 'generic_error', detail: words })
  socket.end(
    `HTTP/1.1 ${status}\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  )
}
