import type { ProviderRow } from '../row.ts'
import { day, minute, ok, second } from './common.ts'

/** Shops, sites and what their visitors fill in. */
export const commerce: Readonly<Record<string, ProviderRow>> = {
  shopify: {
    name: 'Shopify',
    docs: 'https://shopify.dev/docs/apps/build/webhooks/subscribe/https',
    scheme: {
      kind: 'hmac',
      // Without X- for what Shopify calls Events, which are to follow webhooks.
      signature: { at: 'header:X-Shopify-Hmac-Sha256|header:Shopify-Hmac-Sha256', encoding: 'base64' },
      algorithm: 'sha256',
      secret: 'utf8',
      signed: '{body}',
    },
    id: ['header:X-Shopify-Webhook-Id|header:Shopify-Webhook-Id'],
    eventType: 'header:X-Shopify-Topic|header:Shopify-Topic',
    dedupeMs: 4 * day,
    ack: ok,
    deadlineMs: 5 * second,
  },
  typeform: {
    name: 'Typeform',
    docs: 'https://www.typeform.com/developers/webhooks/secure-your-webhooks',
    scheme: {
      kind: 'hmac',
      signature: { at: 'header:Typeform-Signature', prefix: 'sha256=', encoding: 'base64' },
      algorithm: 'sha256',
      secret: 'utf8',
      signed: '{body}',
    },
    id: ['body:event_id'],
    eventType: 'body:event_type',
    dedupeMs: 4 * day,
    ack: ok,
    deadlineMs: 30 * second,
  },
  webflow: {
    name: 'Webflow',
    docs: 'https://developers.webflow.com/data/docs/working-with-webhooks',
    scheme: {
      kind: 'hmac',
      signature: { at: 'header:x-webflow-signature', encoding: 'hex' },
      algorithm: 'sha256',
      secret: 'utf8',
      signed: '{timestamp}:{body}',
      timestamp: { at: 'header:x-webflow-timestamp', unit: 'ms', toleranceMs: 5 * minute },
    },
    id: null,
    eventType: 'body:triggerType',
    dedupeMs: 1 * day,
    ack: ok,
    deadlineMs: 10 * second,
  },
  easypost: {
    name: 'EasyPost',
    docs: 'https://docs.easypost.com/guides/webhooks-guide',
    scheme: {
      kind: 'hmac',
      signature: { at: 'header:X-Hmac-Signature', prefix: 'hmac-sha256-hex=', encoding: 'hex' },
      algorithm: 'sha256',
      // EasyPost takes the secret in Unicode's NFKD: one of ASCII is the same in it.
      secret: 'utf8',
      signed: '{body}',
    },
    id: ['body:id'],
    eventType: 'body:description',
    dedupeMs: 2 * day,
    ack: ok,
    deadlineMs: 7 * second,
  },
}
