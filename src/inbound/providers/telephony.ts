import type { ProviderRow } from '../row.ts'
import { day, hour, minute, ok, second } from './common.ts'

/** Calls and text messages. */
export const telephony: Readonly<Record<string, ProviderRow>> = {
  twilio: {
    name: 'Twilio',
    docs: 'https://www.twilio.com/docs/usage/webhooks/webhooks-security',
    scheme: { kind: 'twilio' },
    id: ['header:I-Twilio-Idempotency-Token'],
    eventType: null,
    settings: { publicUrl: 'optional' },
    dedupeMs: 1 * day,
    // TwiML without an instruction: a call or message is answered with nothing.
    ack: { status: 200, contentType: 'text/xml', body: '<Response/>' },
    deadlineMs: 15 * second,
  },
  telnyx: {
    name: 'Telnyx',
    docs: 'https://developers.telnyx.com/docs/messaging/messages/webhooks',
    scheme: {
      kind: 'public-key',
      algorithm: 'ed25519',
      key: 'raw-base64',
      signature: { at: 'header:telnyx-signature-ed25519', encoding: 'base64' },
      signed: '{timestamp}|{body}',
      timestamp: { at: 'header:telnyx-timestamp', unit: 's', toleranceMs: 5 * minute },
    },
    id: ['body:data.id'],
    eventType: 'body:data.event_type',
    dedupeMs: 1 * day,
    ack: ok,
    deadlineMs: 2 * second,
  },
  vonage: {
    name: 'Vonage',
    docs: 'https://developer.vonage.com/en/getting-started/concepts/webhooks',
    scheme: {
      kind: 'jwt',
      at: 'header:Authorization',
      algorithm: 'HS256',
      secret: 'utf8',
      maxAgeMs: 5 * minute,
      bodyHash: { claim: 'payload_hash', encoding: 'hex' },
    },
    id: null,
    eventType: null,
    dedupeMs: 2 * day,
    ack: ok,
    deadlineMs: 5 * second,
  },
  retell: {
    name: 'Retell AI',
    docs: 'https://docs.retellai.com/features/secure-webhook',
    scheme: {
      kind: 'hmac',
      signature: { at: 'header:x-retell-signature', itemSeparator: ',', prefix: 'd=', encoding: 'hex' },
      algorithm: 'sha256',
      secret: 'utf8',
      signed: '{body}{timestamp}',
      timestamp: { at: 'field:v', unit: 'ms', toleranceMs: 5 * minute },
    },
    id: null,
    eventType: 'body:event',
    dedupeMs: 1 * day,
    ack: ok,
    deadlineMs: 10 * second,
  },
  vapi: {
    name: 'Vapi',
    docs: 'https://docs.vapi.ai/server-url/server-authentication',
    scheme: {
      kind: 'token',
      accept: [
        { at: 'header:X-Vapi-Secret', form: 'plain' },
        { at: 'header:Authorization', form: 'bearer' },
      ],
    },
    id: null,
    eventType: 'body:message.type',
    dedupeMs: 1 * hour,
    ack: ok,
    deadlineMs: 20 * second,
  },
}
