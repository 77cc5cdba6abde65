import type { ProviderRow } from '../row.ts'
import { day, hour, ok, second } from './common.ts'

/** What carries other products' data. */
export const data: Readonly<Record<string, ProviderRow>> = {
  nango: {
    name: 'Nango',
    docs: 'https://nango.dev/docs/guides/platform/webhooks-from-nango',
    scheme: {
      kind: 'hmac',
      signature: { at: 'header:X-Nango-Hmac-Sha256', encoding: 'hex' },
      algorithm: 'sha256',
      secret: 'utf8',
      signed: '{body}',
    },
    id: null,
    eventType: 'body:type',
    dedupeMs: 1 * hour,
    ack: ok,
    deadlineMs: 10 * second,
  },
  rutter: {
    name: 'Rutter',
    docs: 'https://docs.rutterapi.com/docs/webhook-security',
    scheme: {
      kind: 'hmac',
      signature: { at: 'header:X-Rutter-Signature', prefix: 'sha256=', encoding: 'base64' },
      algorithm: 'sha256',
      secret: 'utf8',
      signed: '{body}',
    },
    id: null,
    eventType: 'body:code|body:type',
    dedupeMs: 1 * hour,
    ack: ok,
    deadlineMs: 10 * second,
  },
  segment: {
    name: 'Segment',
    docs: 'https://www.twilio.com/docs/segment/connections/destinations/catalog/actions-webhook',
    // Of a batch only the first event is signed: such requests do not fit, and batching must be off.
    scheme: {
      kind: 'hmac',
      signature: { at: 'header:X-Signature', encoding: 'hex' },
      algorithm: 'sha1',
      secret: 'utf8',
      signed: '{body}',
    },
    id: ['body:messageId'],
    eventType: 'body:type',
    dedupeMs: 1 * day,
    ack: ok,
    deadlineMs: 5 * second,
  },
}
