import { createRequire } from 'node:module'
import type { InboundRequest } from '#inbound/verify.ts'

const require = createRequire(import.meta.url)

/** Whether the vendor's own library takes the request. Loaded when first asked. */
export type Judge = (request: InboundRequest, secret: string) => Promise<boolean>

export function header({ headers }: InboundRequest, name: string): string {
  return headers.find(([each]) => each.toLowerCase() === name.toLowerCase())?.[1] ?? ''
}

function headersOf({ headers }: InboundRequest): Record<string, string> {
  return Object.fromEntries(headers.map(([name, value]) => [name.toLowerCase(), value]))
}

const text = ({ body }: InboundRequest): string => Buffer.from(body).toString('utf8')

/** True unless it throws, rejects or says false. */
async function holds(check: () => unknown): Promise<boolean> {
  try {
    return (await check()) !== false
  } catch {
    return false
  }
}

export const octokit: Judge = async (request, secret) => {
  const { verify } = await import('@octokit/webhooks-methods')
  return holds(() => verify(secret, text(request), header(request, 'X-Hub-Signature-256')))
}

export const stripe: Judge = async (request, secret) => {
  const { default: Stripe } = await import('stripe')
  const { webhooks } = new Stripe('sk_test_1')
  return holds(
    () =>
      webhooks.constructEvent(Buffer.from(request.body), header(request, 'Stripe-Signature'), secret, 300) !==
      undefined,
  )
}

interface Slack {
  readonly verifySlackRequest: (options: object) => void
}
export const slack: Judge = (request, secret) => {
  const { verifySlackRequest } = require('@slack/bolt/dist/receivers/verify-request.js') as Slack
  return holds(() =>
    verifySlackRequest({
      signingSecret: secret,
      body: text(request),
      headers: {
        'x-slack-signature': header(request, 'X-Slack-Signature'),
        'x-slack-request-timestamp': Number(header(request, 'X-Slack-Request-Timestamp')),
      },
    }),
  )
}

interface Twilio {
  validateRequest(token: string, signature: string, url: string, params: object): boolean
  validateRequestWithBody(token: string, signature: string, url: string, body: string): boolean
}
export const twilio: Judge = (request, secret) => {
  const sdk = require('twilio/lib/webhooks/webhooks.js') as Twilio
  const signature = header(request, 'X-Twilio-Signature')
  if (!header(request, 'content-type').includes('form')) {
    return holds(() => sdk.validateRequestWithBody(secret, signature, request.url, text(request)))
  }
  const params: Record<string, string | string[]> = {}
  const form = new URLSearchParams(text(request))
  for (const name of form.keys()) {
    const all = form.getAll(name)
    params[name] = all.length > 1 ? all : (all[0] ?? '')
  }
  return holds(() => sdk.validateRequest(secret, signature, request.url, params))
}

export const linear: Judge = async (request, secret) => {
  const { LinearWebhookClient } = await import('@linear/sdk/webhooks')
  return holds(() =>
    new LinearWebhookClient(secret).verify(Buffer.from(request.body), header(request, 'Linear-Signature')),
  )
}

interface Paddle {
  readonly Paddle: new (key: string) => {
    readonly webhooks: { isSignatureValid(body: string, secret: string, header: string): Promise<boolean> }
  }
}
export const paddle: Judge = (request, secret) => {
  const { Paddle } = require('@paddle/paddle-node-sdk') as Paddle
  const { webhooks } = new Paddle('key')
  return holds(() => webhooks.isSignatureValid(text(request), secret, header(request, 'Paddle-Signature')))
}

interface Adyen {
  readonly default: new () => {
    validateHMAC(item: unknown, key: string): boolean
    validateHMACSignature(key: string, signature: string, data: string): boolean
  }
}
const adyenValidator = () =>
  new (require('@adyen/api-library/lib/src/utils/hmacValidator.js') as Adyen).default()

export const adyen: Judge = (request, secret) =>
  holds(() => {
    const { notificationItems } = JSON.parse(text(request)) as {
      readonly notificationItems: readonly { readonly NotificationRequestItem: unknown }[]
    }
    return notificationItems.every((each) =>
      adyenValidator().validateHMAC(each.NotificationRequestItem, secret),
    )
  })

export const adyenPlatform: Judge = (request, secret) =>
  holds(() => adyenValidator().validateHMACSignature(secret, header(request, 'HmacSignature'), text(request)))

interface Hubspot {
  readonly Signature: { isValid(options: object): boolean }
}
export const hubspot =
  (signatureVersion: 'v1' | 'v2' | 'v3'): Judge =>
  (request, secret) => {
    const { Signature } = require('@hubspot/api-client/lib/src/utils/signature.js') as Hubspot
    const name = signatureVersion === 'v3' ? 'X-HubSpot-Signature-v3' : 'X-HubSpot-Signature'
    return holds(() =>
      Signature.isValid({
        signatureVersion,
        signature: header(request, name),
        clientSecret: secret,
        requestBody: text(request),
        url: request.url,
        method: request.method,
        timestamp: Number(header(request, 'X-HubSpot-Request-Timestamp')),
      }),
    )
  }

interface Discord {
  readonly verifyKey: (
    body: Uint8Array,
    signature: string,
    timestamp: string,
    key: string,
  ) => Promise<boolean>
}
export const discord: Judge = (request, key) => {
  const { verifyKey } = require('discord-interactions') as Discord
  return holds(() =>
    verifyKey(
      request.body,
      header(request, 'X-Signature-Ed25519'),
      header(request, 'X-Signature-Timestamp'),
      key,
    ),
  )
}

export const openai: Judge = async (request, secret) => {
  const { default: OpenAI } = await import('openai')
  const client = new OpenAI({ apiKey: 'sk-1', webhookSecret: secret })
  return holds(() => client.webhooks.verifySignature(text(request), headersOf(request), secret))
}

export const standardWebhooks: Judge = async (request, secret) => {
  const { Webhook } = await import('standardwebhooks')
  return holds(() => new Webhook(secret).verify(text(request), headersOf(request)) !== null)
}

export const svix: Judge = async (request, secret) => {
  const { Webhook } = await import('svix')
  return holds(() => new Webhook(secret).verify(text(request), headersOf(request)) !== null)
}

interface Sendgrid {
  readonly EventWebhook: new () => {
    convertPublicKeyToECDSA(key: string): unknown
    verifySignature(key: unknown, body: Uint8Array, signature: string, timestamp: string): boolean
  }
}
export const sendgrid: Judge = (request, key) => {
  const { EventWebhook } = require('@sendgrid/eventwebhook') as Sendgrid
  const webhook = new EventWebhook()
  const prefix = 'X-Twilio-Email-Event-Webhook-'
  return holds(() =>
    webhook.verifySignature(
      webhook.convertPublicKeyToECDSA(key),
      Buffer.from(request.body),
      header(request, `${prefix}Signature`),
      header(request, `${prefix}Timestamp`),
    ),
  )
}

export const mux: Judge = async (request, secret) => {
  const { default: Mux } = await import('@mux/mux-node')
  const client = new Mux({ tokenId: 'a', tokenSecret: 'b' })
  return holds(() => client.webhooks.verifySignature(text(request), headersOf(request), secret))
}

export const workos: Judge = async (request, secret) => {
  const { WorkOS } = await import('@workos-inc/node')
  const { webhooks } = new WorkOS('sk_1')
  return holds(() =>
    webhooks.verifyHeader({ payload: text(request), sigHeader: header(request, 'WorkOS-Signature'), secret }),
  )
}

interface Twurple {
  readonly EventSubHttpBase: {
    readonly prototype: {
      _verifyData(this: object, id: string, timestamp: string, body: string, signature: string): boolean
    }
  }
}
export const twurple: Judge = async (request, secret) => {
  const file = require.resolve('@twurple/eventsub-http').replace(/index\.js$/, 'EventSubHttpBase.js')
  const { EventSubHttpBase } = (await import(file)) as Twurple
  const prefix = 'Twitch-Eventsub-Message-'
  return holds(() =>
    EventSubHttpBase.prototype._verifyData.call(
      { _secret: secret },
      header(request, `${prefix}Id`),
      header(request, `${prefix}Timestamp`),
      text(request),
      header(request, `${prefix}Signature`),
    ),
  )
}

/** Only the token is judged: the body is not covered by it. */
export const grammy: Judge = async (request, secretToken) => {
  const { Bot, webhookCallback } = await import('grammy')
  const botInfo = { id: 1, is_bot: true, first_name: 'a', username: 'a_bot' } as never
  const handle = webhookCallback(new Bot('1:a', { botInfo }), 'std/http', { secretToken })
  const init = { method: 'POST', headers: headersOf(request), body: '{"update_id":1}' }
  return (await handle(new Request(request.url, init))).status === 200
}

export const livekit: Judge = async (request, secret) => {
  const { WebhookReceiver } = await import('livekit-server-sdk')
  const receiver = new WebhookReceiver('key-1', secret)
  const token = header(request, 'Authorization').replace(/^Bearer /, '')
  return holds(() => receiver.receive(text(request), token))
}

export const retell: Judge = async (request, secret) => {
  const { verify } = require('retell-sdk/lib/webhook_auth.js') as {
    readonly verify: (body: string, key: string, signature: string) => Promise<boolean>
  }
  return holds(() => verify(text(request), secret, header(request, 'x-retell-signature')))
}

interface Square {
  readonly WebhooksHelper: {
    verifySignature(options: object): Promise<boolean>
  }
}
export const square: Judge = (request, signatureKey) => {
  const { WebhooksHelper } = require('square') as Square
  return holds(() =>
    WebhooksHelper.verifySignature({
      requestBody: text(request),
      signatureHeader: header(request, 'x-square-hmacsha256-signature'),
      signatureKey,
      notificationUrl: request.url,
    }),
  )
}

export const telnyx: Judge = async (request, key) => {
  const { default: Telnyx } = await import('telnyx')
  const { webhooks } = new Telnyx({ apiKey: 'KEY1' })
  return holds(async () => {
    await webhooks.unwrap(text(request), { headers: headersOf(request), key })
  })
}

interface Shopify {
  readonly shopifyApi: (options: object) => {
    readonly webhooks: { validate(request: object): Promise<{ readonly valid: boolean }> }
  }
}
/** The library wants headers that only say what the event is: they are given where the sample has none. */
export const shopify: Judge = async (request, apiSecretKey) => {
  await import('@shopify/shopify-api/adapters/node')
  const { shopifyApi } = (await import('@shopify/shopify-api')) as unknown as Shopify
  const { webhooks } = shopifyApi({
    apiKey: 'key',
    apiSecretKey,
    scopes: [],
    hostName: 'a.test',
    apiVersion: '2026-07',
    isEmbeddedApp: true,
    logger: { log: () => undefined },
  })
  const rawRequest = {
    method: request.method,
    url: request.url,
    headers: {
      'x-shopify-shop-domain': 'a.myshopify.com',
      'x-shopify-api-version': '2026-07',
      'shopify-shop-domain': 'a.myshopify.com',
      'shopify-api-version': '2026-07',
      ...headersOf(request),
    },
  }
  return holds(async () => (await webhooks.validate({ rawBody: text(request), rawRequest })).valid)
}

interface SnsValidator {
  validate(message: string, done: (error: Error | null) => void): void
}
/** The validator fetches certificates by itself: the test stands in for `https.get`. */
export const sns: Judge = (request) => {
  const Validator = require('sns-validator') as new () => SnsValidator
  return holds(
    () =>
      new Promise((resolve) => {
        new Validator().validate(text(request), (error) => resolve(error === null))
      }),
  )
}
