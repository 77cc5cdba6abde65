import { type IncomingMessage, request as httpRequest } from 'node:http'
import { buffer } from 'node:stream/consumers'
import {
  newSecretPair,
  post,
  type RunningServer,
  serve,
  signedWebhook,
} from '#test/support/signed-webhook.ts'
import { getRequestListener } from '@hono/node-server'
import express from 'express'
import express4 from 'express4'
import fastify from 'fastify'
import { Hono } from 'hono'
import Koa from 'koa'
import bodyParser from 'koa-bodyparser'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { createHandler } from '../create-handler.ts'
import type { WebhookMessage } from '../message.ts'
import type { HandlerOptions, WebhookHandler } from '../receive.ts'
import { createMemoryStore } from '../stores/memory.ts'
import { createExpressHandler } from './express.ts'
import { createFastifyPlugin } from './fastify.ts'
import { createHonoHandler } from './hono.ts'
import { createKoaMiddleware } from './koa.ts'
import { createPagesHandler } from './next-pages.ts'
import { createNodeListener } from './node.ts'

const { sender: secret } = newSecretPair('hmac256')
const pair = newSecretPair('ed25519')

/** Where a framework puts the adapter. With `isParsedFirst`, its usual parser stands before. */
interface Place {
  readonly options: HandlerOptions
  readonly handler: WebhookHandler
  readonly isParsedFirst: boolean
  /** Gets what arrives at the framework's way for errors. */
  readonly onFrameworkError: (error: unknown) => void
}

type Start = (place: Place) => Promise<RunningServer>

const frameworks: Readonly<Record<string, Start>> = {
  'node:http': async ({ options, handler, isParsedFirst }) => {
    const listener = createNodeListener(options, handler)
    return await serve((request, response) => {
      if (isParsedFirst) void buffer(request).then(() => listener(request, response))
      else listener(request, response)
    })
  },
  'Express 5': async ({ options, handler, isParsedFirst, onFrameworkError }) => {
    const app = express()
    if (isParsedFirst) app.use(express.json())
    app.post('/', createExpressHandler(options, handler))
    app.use((error: { status: number }, _request: unknown, response: express.Response, _next: unknown) => {
      onFrameworkError(error)
      response.status(error.status).end()
    })
    return await serve(app)
  },
  'Express 4': async ({ options, handler, isParsedFirst, onFrameworkError }) => {
    const app = express4()
    if (isParsedFirst) app.use(express4.json())
    app.post('/', createExpressHandler(options, handler))
    app.use((error: { status: number }, _request: unknown, response: express4.Response, _next: unknown) => {
      onFrameworkError(error)
      response.status(error.status).end()
    })
    return await serve(app)
  },
  'Fastify 5': async ({ options, handler, isParsedFirst, onFrameworkError }) => {
    const app = fastify()
    if (isParsedFirst) app.addHook('onRequest', async (request) => void (await buffer(request.raw)))
    app.setErrorHandler<Error & { statusCode: number }>(async (error, _request, reply) => {
      onFrameworkError(error)
      return reply.code(error.statusCode).send()
    })
    await app.register(createFastifyPlugin(options, handler))
    const url = await app.listen({ port: 0, host: '127.0.0.1' })
    return { url, [Symbol.asyncDispose]: async () => await app.close() }
  },
  Koa: async ({ options, handler, isParsedFirst, onFrameworkError }) => {
    const app = new Koa()
    app.on('error', onFrameworkError)
    if (isParsedFirst) app.use(bodyParser())
    app.use(createKoaMiddleware(options, handler))
    const callback = app.callback()
    return await serve((request, response) => void callback(request, response))
  },
  Hono: async ({ options, handler, isParsedFirst, onFrameworkError }) => {
    const app = new Hono()
    if (isParsedFirst) {
      app.use(async (context, next) => {
        await context.req.json()
        await next()
      })
    }
    app.post('/', createHonoHandler(options, handler))
    app.onError((error, context) => {
      onFrameworkError(error)
      return context.body(null, 500)
    })
    return await serveFetch(app.fetch)
  },
  // As its pages router calls a route: with a parsed `req.body` unless the route has turned the parser off.
  'Next.js pages': async ({ options, handler, isParsedFirst, onFrameworkError }) => {
    const route = createPagesHandler(options, handler)
    return await serve((request: IncomingMessage & { body?: unknown }, response) => {
      void (async () => {
        try {
          if (isParsedFirst) request.body = JSON.parse((await buffer(request)).toString())
          await route(request, response)
        } catch (error) {
          onFrameworkError(error)
          response.writeHead(500).end()
        }
      })()
    })
  },
  // As the app router of Next.js, Bun, Deno and Workers call it.
  'Request and Response': async ({ options, handler, isParsedFirst }) => {
    const handle = createHandler(options, handler)
    const route = async (request: Request) => {
      if (isParsedFirst) await request.json()
      return await handle(request)
    }
    return await serveFetch(route)
  },
}

async function serveFetch(
  answer: (request: Request) => Response | Promise<Response>,
): Promise<RunningServer> {
  const listener = getRequestListener(answer)
  return await serve((request, response) => void listener(request, response))
}

/** These answer by themselves: nothing stands behind them. */
const withoutErrorPath = new Set(['node:http', 'Request and Response'])

const running: RunningServer[] = []
afterEach(async () => {
  for (const server of running.splice(0)) await server[Symbol.asyncDispose]()
})

describe.each(Object.entries(frameworks))('%s', (name, start) => {
  async function scene(
    options: Partial<HandlerOptions> = {},
    work: WebhookHandler = () => {},
    isParsedFirst = false,
  ) {
    const run = vi.fn(work)
    const onError = vi.fn()
    const onFrameworkError = vi.fn()
    const server = await start({
      options: { secrets: [secret, pair.receiver], onError, ...options },
      handler: run,
      isParsedFirst,
      onFrameworkError,
    })
    running.push(server)
    const seen = () => run.mock.calls.map(([message]) => message)
    return { url: server.url, run, seen, onError, onFrameworkError }
  }

  test('hands over the bytes that were signed, whoever signs them', async () => {
    const { url, seen } = await scene()
    const json = '{ "big": 12345678901234567890, "text": "\\u00e9 🎺 $$ $&" }\r\n'
    const sent = [
      signedWebhook(secret, json),
      signedWebhook(secret, json, { by: 'standardwebhooks' }),
      signedWebhook(secret, json, { by: 'svix', family: 'svix' }),
      signedWebhook(pair.sender, Buffer.from([0xef, 0xbb, 0xbf, 0, 0xff, 13, 10])),
    ]
    for (const webhook of sent) {
      const response = await post(url, webhook)
      expect([response.status, await response.text()]).toEqual([204, ''])
    }
    expect(seen().map(({ body }: WebhookMessage) => Buffer.from(body))).toEqual(sent.map(({ body }) => body))
  })

  test.each(['text/plain', 'application/x-www-form-urlencoded', 'application/octet-stream', null])(
    'hands over a body of the type %j',
    async (type) => {
      const { url, seen } = await scene()
      const webhook = signedWebhook(secret, 'a=1&b=2')
      const { 'content-type': _, ...headers } = webhook.headers
      if (type !== null) headers['content-type'] = type
      const { status } = await post(url, { ...webhook, headers })
      expect(status).toBe(204)
      expect(seen().map((message) => message.text())).toEqual(['a=1&b=2'])
    },
  )

  test('takes a signed body of no bytes', async () => {
    const { url, seen } = await scene()
    expect((await post(url, signedWebhook(secret, ''))).status).toBe(204)
    expect(seen().map((message) => message.text())).toEqual([''])
  })

  test('refuses what is not signed as it must be', async () => {
    const { url, run, onFrameworkError } = await scene()
    const webhook = signedWebhook(secret, '{}')
    const wrong = await post(url, { ...webhook, body: Buffer.from('{"a":1}') })
    expect([wrong.status, await wrong.json()]).toMatchObject([401, { code: 'signature_mismatch' }])
    expect(wrong.headers.get('content-type')).toMatch(/^application\/json/)
    const bare = await post(url, { ...webhook, headers: {} })
    expect([bare.status, await bare.json()]).toMatchObject([400, { code: 'headers_missing' }])
    expect(run).not.toHaveBeenCalled()
    expect(onFrameworkError).not.toHaveBeenCalled()
  })

  test('answers 413 to a body that says it is too long', async () => {
    const { url, run } = await scene({ maxBodyBytes: 1000 })
    const response = await post(url, signedWebhook(secret, 'x'.repeat(1001)))
    expect([response.status, await response.json()]).toMatchObject([413, { code: 'body_too_large' }])
    expect((await post(url, signedWebhook(secret, 'x'.repeat(1000)))).status).toBe(204)
    expect(run).toHaveBeenCalledTimes(1)
  })

  test('answers 413 while a body is still being sent', async () => {
    const { url, run } = await scene({ maxBodyBytes: 1000 })
    expect(await statusOfEndless(url)).toBe(413)
    expect(run).not.toHaveBeenCalled()
  })

  test('goes on after a sender that leaves midway', async () => {
    const { url, run } = await scene()
    const begun = httpRequest(url, { method: 'POST', headers: { 'content-length': '1000' } })
    const closed = new Promise<void>((resolve) => begun.on('error', () => {}).on('close', () => resolve()))
    await new Promise<void>((resolve) => begun.write('{', () => resolve()))
    begun.destroy()
    await closed
    expect((await post(url, signedWebhook(secret, '{}'))).status).toBe(204)
    expect(run).toHaveBeenCalledTimes(1)
  })

  test('answers 500 where the handler throws, whatever status the error has', async () => {
    const { url, onError } = await scene({}, () => {
      throw Object.assign(new Error('gone'), { status: 410, statusCode: 410 })
    })
    expect((await post(url, signedWebhook(secret, '{}'))).status).toBe(500)
    expect(onError).toHaveBeenCalledTimes(1)
  })

  test('handles a duplicate once', async () => {
    const { url, run } = await scene({ idempotency: createMemoryStore() })
    const webhook = signedWebhook(secret, '{}')
    expect((await post(url, webhook)).status).toBe(204)
    expect((await post(url, webhook)).status).toBe(204)
    expect(run).toHaveBeenCalledTimes(1)
  })

  test('says so where a parser came first, and does not hang', async () => {
    const { url, run, onError, onFrameworkError } = await scene({}, () => {}, true)
    const response = await post(url, signedWebhook(secret, '{"a":1}'))
    expect(response.status).toBe(500)
    const mistake: unknown = expect.objectContaining({
      reason: 'body_not_raw',
      status: 500,
      message: expect.stringMatching(/before.*\. [A-Z].*\.$/) as string,
    })
    expect(onError).toHaveBeenCalledWith(mistake)
    if (!withoutErrorPath.has(name)) expect(onFrameworkError.mock.lastCall?.[0]).toEqual(mistake)
    expect(run).not.toHaveBeenCalled()
  })
})

/** Sends a body that never ends, and resolves with the status of the answer. */
async function statusOfEndless(url: string): Promise<number | undefined> {
  const headers = { ...signedWebhook(secret, 'x').headers, 'transfer-encoding': 'chunked' }
  const endless = httpRequest(url, { method: 'POST', headers })
  const answered = new Promise<IncomingMessage>((resolve, reject) =>
    endless.once('response', resolve).once('error', reject),
  )
  endless.write('x'.repeat(2000))
  const { statusCode } = await answered
  endless.on('error', () => {}).destroy()
  return statusCode
}

describe('Express with a parser that keeps bytes', () => {
  test.each([
    ['express.raw()', express.raw({ type: () => true })],
    [
      'the verify option of express.json()',
      express.json({
        verify: (request, _response, bytes) => void Object.assign(request, { rawBody: bytes }),
      }),
    ],
  ])('%s', async (_name, parser) => {
    const run = vi.fn<WebhookHandler>()
    const app = express()
    app.post('/', parser, createExpressHandler({ secret, maxBodyBytes: 10 }, run))
    const server = await serve(app)
    running.push(server)
    expect((await post(server.url, signedWebhook(secret, '{ "a":1 }'))).status).toBe(204)
    expect((await post(server.url, signedWebhook(secret, '{ "a":1    }'))).status).toBe(413)
    expect(run.mock.calls.map(([message]) => message.text())).toEqual(['{ "a":1 }'])
  })
})

test('Fastify keeps its parsers for other routes', async () => {
  const app = fastify()
  app.post('/json', async (request) => request.body)
  await app.register(
    createFastifyPlugin({ secret }, () => {}),
    { prefix: '/webhooks' },
  )
  const url = await app.listen({ port: 0, host: '127.0.0.1' })
  running.push({ url, [Symbol.asyncDispose]: async () => await app.close() })
  const webhook = signedWebhook(secret, '{"a":1}')
  expect(await (await post(`${url}/json`, webhook)).json()).toEqual({ a: 1 })
  expect((await post(`${url}/webhooks`, webhook)).status).toBe(204)
})
