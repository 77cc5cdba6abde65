import { newSecretPair, signedWebhook, type SignedWebhook } from '#test/support/signed-webhook.ts'
import { describe, expect, test, vi } from 'vitest'
import { createHandler } from './create-handler.ts'
import { explain } from './explain/explain.ts'
import type { IdempotencyStore } from './idempotency.ts'
import type { HandlerOptions } from './receive.ts'
import { createMemoryStore } from './stores/memory.ts'
import { WebhookError } from './webhook-error.ts'

const { sender: secret } = newSecretPair('hmac256')
const webhook = signedWebhook(secret, '{"a":1}')

function requestOf({ headers, body }: SignedWebhook, init: RequestInit = {}): Request {
  return new Request('http://receiver.test', { method: 'POST', headers, body: new Uint8Array(body), ...init })
}

async function shown(response: Response): Promise<unknown> {
  const text = await response.text()
  return [response.status, text === '' ? '' : (JSON.parse(text) as { code: string }).code]
}

/** A handler whose runs and reports are counted. */
function scene(options: Partial<HandlerOptions> = {}, work: () => unknown = () => {}) {
  const run = vi.fn(work)
  const onError = vi.fn()
  const handle = createHandler({ secret, onError, ...options }, run)
  return { run, onError, send: async (sent = webhook) => await handle(requestOf(sent)), handle }
}

describe('a handler of Request', () => {
  test('gets the message, and answers 204', async () => {
    const seen: unknown[] = []
    const handle = createHandler({ secret }, (message) => seen.push(message.id, message.json()))
    const response = await handle(requestOf(webhook))
    expect(await shown(response)).toEqual([204, ''])
    expect(response.body).toBeNull()
    expect(seen).toEqual(['msg_1', { a: 1 }])
  })

  test('refuses what is not signed as it must be, and does not run', async () => {
    const { send, run, onError, handle } = scene({ maxBodyBytes: 100 })
    expect(await shown(await send({ ...webhook, body: Buffer.from('x') }))).toEqual([
      401,
      'signature_mismatch',
    ])
    expect(await shown(await send({ ...webhook, headers: {} }))).toEqual([400, 'headers_missing'])
    expect(await shown(await send({ ...webhook, body: Buffer.alloc(101) }))).toEqual([413, 'body_too_large'])
    const get = await handle(new Request('http://receiver.test'))
    expect(get.headers.get('allow')).toBe('POST')
    expect(await shown(get)).toEqual([405, 'method_not_allowed'])
    expect(run).not.toHaveBeenCalled()
    expect(onError).not.toHaveBeenCalled()
  })

  test('answers 500 where the handler throws, and does not tell the sender why', async () => {
    const { send, onError } = scene({}, () => {
      throw new Error('database password is hunter2')
    })
    const response = await send()
    expect(response.status).toBe(500)
    expect(await response.text()).not.toContain('hunter2')
    expect(onError).toHaveBeenCalledWith(new Error('database password is hunter2'))
  })

  test('answers 500 and names the fix in the log where the body was read before', async () => {
    const { handle, onError } = scene()
    for (const read of [
      async (request: Request) => void (await request.json()),
      async (request: Request) => void request.body?.getReader(),
    ]) {
      const request = requestOf(webhook)
      await read(request)
      expect(await shown(await handle(request))).toEqual([500, 'body_not_raw'])
      expect(onError.mock.lastCall?.[0]).toMatchObject({
        message: expect.stringContaining('clone()') as string,
      })
    }
  })

  test('logs to the console unless it is told otherwise', async () => {
    const log = vi.spyOn(console, 'error').mockImplementation(() => {})
    const failure = new Error('no')
    const handle = createHandler({ secret }, () => Promise.reject(failure))
    await handle(requestOf(webhook))
    expect(log).toHaveBeenCalledWith(failure)
    log.mockRestore()
  })

  test.each([{}, { secret: '' }, { secrets: [] }, { secrets: [secret, 'whsec_'] }])(
    'is not made without a usable secret: %#',
    (options) => {
      expect(() => createHandler(options, () => {})).toThrow(WebhookError)
    },
  )

  test('shows what it refused, so that it can be explained', async () => {
    const findings: unknown[] = []
    const { promise, resolve } = Promise.withResolvers<void>()
    const handle = createHandler(
      {
        secret,
        async onRefused(refusal, request) {
          findings.push(refusal.reason, ...(await explain(request, { secret })).map(({ code }) => code))
          resolve()
          throw new Error('is dropped')
        },
      },
      () => {},
    )
    const response = await handle(requestOf({ ...webhook, body: Buffer.from('{"a":1}\n') }))
    await promise
    expect(response.status).toBe(401)
    expect(findings).toEqual(['signature_mismatch', 'body_trailing_newline'])
  })
})

describe('with a store', () => {
  test('a duplicate is answered with 204, and handled once', async () => {
    const { send, run } = scene({ idempotency: createMemoryStore() })
    expect((await send()).status).toBe(204)
    expect((await send()).status).toBe(204)
    expect((await send(signedWebhook(secret, '{}', { id: 'msg_2' }))).status).toBe(204)
    expect(run).toHaveBeenCalledTimes(2)
  })

  test('a message in other hands is answered with 409 and when to come back', async () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    const begun = Promise.withResolvers<void>()
    const { send, run } = scene({ idempotency: createMemoryStore(), leaseMs: 30_500 }, async () => {
      begun.resolve()
      await promise
    })
    const first = send()
    await begun.promise
    const second = await send()
    expect(second.headers.get('retry-after')).toBe('31')
    expect(await shown(second)).toEqual([409, 'in_progress'])
    resolve()
    expect((await first).status).toBe(204)
    expect((await send()).status).toBe(204)
    expect(run).toHaveBeenCalledTimes(1)
  })

  test('a message whose handler failed is handled again at once', async () => {
    let isFailing = true
    const { send, run } = scene({ idempotency: createMemoryStore() }, () => {
      if (isFailing) throw new Error('no')
    })
    expect((await send()).status).toBe(500)
    isFailing = false
    expect((await send()).status).toBe(204)
    expect(run).toHaveBeenCalledTimes(2)
  })

  test('a message whose handler never ends is handled again after the lease', async () => {
    let now = 0
    const { send, run } = scene(
      { idempotency: createMemoryStore({ now: () => now }), leaseMs: 1000 },
      async () => {
        if (now === 0) await new Promise(() => {})
      },
    )
    void send()
    await vi.waitFor(() => expect(run).toHaveBeenCalledTimes(1))
    now = 999
    expect((await send()).status).toBe(409)
    now = 1000
    expect((await send()).status).toBe(204)
    expect(run).toHaveBeenCalledTimes(2)
  })

  test('what is not verified does not reach it', async () => {
    const begin = vi.fn<IdempotencyStore['begin']>()
    const { send } = scene({ idempotency: { ...createMemoryStore(), begin } })
    expect((await send({ ...webhook, body: Buffer.from('x') })).status).toBe(401)
    expect(begin).not.toHaveBeenCalled()
  })

  test('that fails at the beginning is answered with 503, and the handler does not run', async () => {
    const failure = new Error('no store')
    const begin = () => Promise.reject(failure)
    const { send, run, onError } = scene({ idempotency: { ...createMemoryStore(), begin } })
    const response = await send()
    expect(response.headers.get('retry-after')).toBe('5')
    expect(await shown(response)).toEqual([503, 'store_unavailable'])
    expect(run).not.toHaveBeenCalled()
    expect(onError).toHaveBeenCalledWith(failure)
  })

  test('that fails at the end does not make the sender repeat what is done', async () => {
    const failure = new Error('no store')
    const done = () => {
      throw failure
    }
    const { send, onError } = scene({ idempotency: { ...createMemoryStore(), done } })
    expect((await send()).status).toBe(204)
    expect(onError).toHaveBeenCalledWith(failure)
  })

  test('a handler that fails after its lease leaves the lease of the next one alone', async () => {
    const failed = vi.fn<IdempotencyStore['failed']>()
    const { send } = scene({ idempotency: { ...createMemoryStore(), failed }, leaseMs: 0 }, () => {
      throw new Error('late')
    })
    expect((await send()).status).toBe(500)
    expect(failed).not.toHaveBeenCalled()
  })
})
