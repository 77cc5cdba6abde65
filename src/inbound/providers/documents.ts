import type { ProviderRow } from '../row.ts'
import { day, ok, second } from './common.ts'

/** Contracts that are signed, and proofs of who signs them. */
export const documents: Readonly<Record<string, ProviderRow>> = {
  'adobe-sign': {
    name: 'Adobe Acrobat Sign',
    docs: 'https://helpx.adobe.com/sign/developer/webhook/overview.html',
    scheme: { kind: 'token', accept: [{ at: 'header:X-AdobeSign-ClientId', form: 'plain' }] },
    secretName: 'clientId',
    id: ['body:webhookNotificationId'],
    eventType: 'body:event',
    handshakes: ['adobe-sign'],
    echoes: 'X-AdobeSign-ClientId',
    dedupeMs: 4 * day,
    ack: ok,
    deadlineMs: 5 * second,
  },
  docusign: {
    name: 'Docusign Connect',
    docs: 'https://developers.docusign.com/platform/webhooks/connect/hmac',
    scheme: {
      kind: 'hmac',
      // One header for each of the account's keys: two while a key is replaced by another.
      signature: { at: 'header:X-DocuSign-Signature-1|header:X-DocuSign-Signature-2', encoding: 'base64' },
      algorithm: 'sha256',
      // The key is base64, but signs by its characters.
      secret: 'utf8',
      signed: '{body}',
    },
    id: ['body:data.envelopeId', 'body:event', 'body:generatedDateTime'],
    eventType: 'body:event',
    dedupeMs: 16 * day,
    ack: ok,
    deadlineMs: 60 * second,
  },
  'panda-doc': {
    name: 'PandaDoc',
    docs: 'https://developers.pandadoc.com/docs/webhook-verification',
    scheme: {
      kind: 'hmac',
      signature: { at: 'query:signature', encoding: 'hex' },
      algorithm: 'sha256',
      secret: 'utf8',
      signed: '{body}',
    },
    id: null,
    eventType: 'body:0.event',
    dedupeMs: 1 * day,
    ack: ok,
    deadlineMs: 10 * second,
  },
  veriff: {
    name: 'Veriff',
    docs: 'https://devdocs.veriff.com/docs/hmac-authentication-and-endpoint-security',
    scheme: {
      kind: 'hmac',
      signature: { at: 'header:X-HMAC-SIGNATURE|header:VRF-HMAC-SIGNATURE', encoding: 'hex' },
      algorithm: 'sha256',
      secret: 'utf8',
      signed: '{body}',
    },
    id: null,
    eventType: 'body:action|body:verification.status',
    dedupeMs: 8 * day,
    ack: ok,
    deadlineMs: 5 * second,
  },
}
