import { newSecretPair, signedWebhook } from '#test/support/signed-webhook.ts'
import { describe, expect, test, vi } from 'vitest'
import type { WebhookHandler } from '../receive.ts'
import { createLambdaHandler, type LambdaEvent } from './lambda.ts'

const { sender: secret } = newSecretPair('hmac256')
const webhook = signedWebhook(secret, '{ "text": "é 🎺" }')

function scene() {
  const run = vi.fn<WebhookHandler>()
  const onError = vi.fn()
  return { run, onError, handle: createLambdaHandler({ secret, onError, maxBodyBytes: 1000 }, run) }
}

/** As API Gateway and load balancers give one request. */
const forms: Readonly<Record<string, (headers: Record<string, string>) => LambdaEvent>> = {
  'payload format 1.0': (headers) => ({
    httpMethod: 'POST',
    headers,
    multiValueHeaders: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]])),
  }),
  'payload format 2.0': (headers) => ({ headers, requestContext: { http: { method: 'POST' } } }),
  'a load balancer with several values a header': (headers) => ({
    httpMethod: 'POST',
    multiValueHeaders: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]])),
  }),
}

describe.each(Object.entries(forms))('an event of %s', (_name, form) => {
  test.each([true, false])('verifies, in base64: %s', async (isBase64Encoded) => {
    const { handle, run } = scene()
    const body = webhook.body.toString(isBase64Encoded ? 'base64' : 'utf8')
    const result = await handle({ ...form(webhook.headers), body, isBase64Encoded })
    expect(result).toEqual({ statusCode: 204, headers: {}, body: '', isBase64Encoded: false })
    expect(run.mock.calls.map(([message]) => message.text())).toEqual([webhook.body.toString()])
  })

  test('is refused with the status as elsewhere', async () => {
    const { handle, run } = scene()
    const event = form(webhook.headers)
    expect(await handle({ ...event, body: '{}' })).toMatchObject({ statusCode: 401 })
    expect(await handle({ ...event, body: null })).toMatchObject({ statusCode: 401 })
    expect(await handle({ ...event, body: 'x'.repeat(1001) })).toMatchObject({ statusCode: 413 })
    expect(await handle({ ...event, body: '!', isBase64Encoded: true })).toMatchObject({ statusCode: 400 })
    expect(await handle({ ...form({}), body: '{}' })).toMatchObject({ statusCode: 400 })
    expect(run).not.toHaveBeenCalled()
  })
})

test('another method is refused', async () => {
  const { handle } = scene()
  expect(await handle({ requestContext: { http: { method: 'GET' } } })).toMatchObject({
    statusCode: 405,
    headers: { allow: 'POST' },
  })
})

test('a body that a middleware has parsed is thrown with the fix', async () => {
  const { handle, onError } = scene()
  const event = {
    httpMethod: 'POST',
    headers: webhook.headers,
    body: { text: 'parsed' } as unknown as string,
  }
  await expect(handle(event)).rejects.toThrow('http-json-body-parser')
  expect(onError).toHaveBeenCalledTimes(1)
})
