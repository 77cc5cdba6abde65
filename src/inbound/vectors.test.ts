import { describe, expect, test } from 'vitest'
import { fakeTools } from '#test/support/inbound-senders.ts'
import published from '#test/vectors/inbound.json' with { type: 'json' }
import standard from '#test/vectors/standard-webhooks.json' with { type: 'json' }
import { type InboundRequest, verify } from './verify.ts'

const tools = fakeTools()

describe('signatures that the providers published', () => {
  test.each(published)('$name', async ({ provider, secret, method, url, headers, body, now }) => {
    const request: InboundRequest = {
      method,
      url,
      headers: headers as [string, string][],
      body: Buffer.from(body),
      receivedAt: now,
    }
    const settings = { provider, secrets: [secret] }
    expect((await verify(request, settings, tools)).kind).toBe('accepted')
    if (provider !== 'adyen') {
      const longer = { ...request, body: Buffer.from(`${body} `) }
      expect((await verify(longer, settings, tools)).kind).toBe('refused')
    }
  })
})

test.each(standard)('Standard Webhooks, shared with the other languages: $name', async (vector) => {
  const request: InboundRequest = {
    method: 'POST',
    url: 'https://example.com/in',
    headers: [
      ['content-type', 'application/json'],
      ['webhook-id', vector.id],
      ['webhook-timestamp', vector.timestamp],
      ['webhook-signature', vector.signature],
    ],
    body:
      vector.body === undefined ? Buffer.from(vector.bodyBase64 ?? '', 'base64') : Buffer.from(vector.body),
    receivedAt: vector.now * 1000,
  }
  const verdict = await verify(request, { provider: 'standard-webhooks', secrets: [vector.secret] }, tools)
  expect(verdict.kind).toBe(vector.valid ? 'accepted' : 'refused')
})
