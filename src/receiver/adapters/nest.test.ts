import type { IncomingMessage } from 'node:http'
import { newSecretPair, post, signedWebhook } from '#test/support/signed-webhook.ts'
import { Controller, Module, Post, Req, UseGuards } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { afterEach, describe, expect, test, vi } from 'vitest'
import type { WebhookHandler } from '../receive.ts'
import { createExpressHandler } from './express.ts'
import { createWebhookGuard, webhookOf } from './nest.ts'

const { sender: secret } = newSecretPair('hmac256')
const webhook = signedWebhook(secret, '{ "a": 1 }')

/** Does what decorators do, as the project's TypeScript is run without them. */
function application(onError: (error: unknown) => void): object {
  class WebhookController {
    receive(request: IncomingMessage): { readonly text: string } {
      return { text: webhookOf(request).text() }
    }
  }
  class Application {
    readonly name = 'receiver'
  }
  const { prototype } = WebhookController
  const method = Object.getOwnPropertyDescriptor(prototype, 'receive')
  if (method === undefined) throw new TypeError('no such method')
  Post()(prototype, 'receive', method)
  UseGuards(createWebhookGuard({ secret, onError }))(prototype, 'receive', method)
  Req()(prototype, 'receive', 0)
  Controller('webhooks')(WebhookController)
  Module({ controllers: [WebhookController] })(Application)
  return Application
}

let close = async () => {}
afterEach(async () => await close())

async function start(rawBody: boolean, run: WebhookHandler = () => {}) {
  const onError = vi.fn()
  const app = await NestFactory.create(application(onError), { rawBody, logger: false })
  app.use('/whole', createExpressHandler({ secret }, run))
  await app.listen(0, '127.0.0.1')
  close = async () => await app.close()
  return { url: (await app.getUrl()).replace('[::1]', '127.0.0.1'), onError }
}

describe('Nest', () => {
  test('lets what is signed reach the route, with its message', async () => {
    const { url } = await start(true)
    const response = await post(`${url}/webhooks`, webhook)
    expect([response.status, await response.json()]).toEqual([201, { text: '{ "a": 1 }' }])
  })

  test('answers what is not signed with the status of the reason', async () => {
    const { url } = await start(true)
    expect((await post(`${url}/webhooks`, { ...webhook, body: Buffer.from('{}') })).status).toBe(401)
    const bare = await post(`${url}/webhooks`, {
      ...webhook,
      headers: { 'content-type': 'application/json' },
    })
    expect(bare.status).toBe(400)
  })

  test('names the fix where its parser kept no bytes', async () => {
    const { url, onError } = await start(false)
    expect((await post(`${url}/webhooks`, webhook)).status).toBe(500)
    expect(onError.mock.lastCall?.[0]).toMatchObject({
      reason: 'body_not_raw',
      message: expect.stringContaining('{ rawBody: true }') as string,
    })
  })

  test('takes the handler of Express above its parsers', async () => {
    const run = vi.fn<WebhookHandler>()
    const { url } = await start(false, run)
    expect((await post(`${url}/whole`, webhook)).status).toBe(204)
    expect(run).toHaveBeenCalledTimes(1)
  })

  test('without the guard there is no message', () => {
    expect(() => webhookOf({})).toThrow('guard')
  })
})
