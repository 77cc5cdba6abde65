import type { ProviderRow } from '../row.ts'
import { day, hour, minute, ok, second } from './common.ts'

/** Mail, and what writes to customers. */
export const mail: Readonly<Record<string, ProviderRow>> = {
  sendgrid: {
    name: 'SendGrid',
    docs: 'https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/getting-started-event-webhook-security-features',
    scheme: {
      kind: 'public-key',
      algorithm: 'ecdsa-p256',
      key: 'spki-base64',
      signature: { at: 'header:X-Twilio-Email-Event-Webhook-Signature', encoding: 'base64' },
      signed: '{header:X-Twilio-Email-Event-Webhook-Timestamp}{body}',
    },
    id: null,
    eventType: null,
    dedupeMs: 2 * day,
    ack: ok,
    deadlineMs: 10 * second,
  },
  mailgun: {
    name: 'Mailgun',
    docs: 'https://documentation.mailgun.com/docs/mailgun/user-manual/webhooks/securing-webhooks',
    // The event itself is not signed. A token is therefore good once: it is remembered for longer than its time is taken,
    // and that is longer than the 8 hours that Mailgun tries for.
    scheme: {
      kind: 'hmac',
      signature: { at: 'body:signature.signature|form:signature', encoding: 'hex' },
      algorithm: 'sha256',
      secret: 'utf8',
      signed: '{timestamp}{body:signature.token|form:token}',
      timestamp: { at: 'body:signature.timestamp|form:timestamp', unit: 's', toleranceMs: 9 * hour },
    },
    id: ['body:signature.token|form:token'],
    eventType: 'body:event-data.event|form:event',
    dedupeMs: 1 * day,
    ack: ok,
    deadlineMs: 10 * second,
  },
  postmark: {
    name: 'Postmark',
    docs: 'https://postmarkapp.com/developer/webhooks/webhooks-overview',
    scheme: {
      kind: 'token',
      accept: [
        { at: 'header:Authorization', form: 'basic' },
        { at: 'header:X-Webhook-Token', form: 'plain' },
      ],
    },
    // One message opens and bounces under one MessageID, so that is no event's id.
    id: null,
    eventType: 'body:RecordType',
    dedupeMs: 1 * day,
    ack: ok,
    deadlineMs: 10 * second,
  },
  customerio: {
    name: 'Customer.io',
    docs: 'https://docs.customer.io/journeys/webhooks',
    scheme: {
      kind: 'hmac',
      signature: { at: 'header:X-CIO-Signature', encoding: 'hex' },
      algorithm: 'sha256',
      secret: 'utf8',
      signed: 'v0:{timestamp}:{body}',
      timestamp: { at: 'header:X-CIO-Timestamp', unit: 's', toleranceMs: 5 * minute },
    },
    id: ['body:event_id'],
    eventType: 'body:metric',
    dedupeMs: 2 * day,
    ack: ok,
    deadlineMs: 4 * second,
  },
}
