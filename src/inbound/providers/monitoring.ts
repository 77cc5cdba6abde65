import type { ProviderRow } from '../row.ts'
import { day, minute, ok, second } from './common.ts'

/** Alerts and incidents. */
export const monitoring: Readonly<Record<string, ProviderRow>> = {
  alertmanager: {
    name: 'Prometheus Alertmanager',
    docs: 'https://prometheus.io/docs/alerting/latest/configuration/#webhook_config',
    scheme: {
      kind: 'token',
      accept: [
        { at: 'header:Authorization', form: 'bearer' },
        { at: 'header:Authorization', form: 'basic' },
      ],
    },
    // What goes on, or comes back, is sent again word for word: only a retry, which comes at once, may be dropped.
    id: null,
    eventType: 'body:status',
    dedupeMs: 1 * minute,
    ack: ok,
    deadlineMs: 10 * second,
  },
  grafana: {
    name: 'Grafana',
    docs: 'https://grafana.com/docs/grafana/latest/alerting/configure-notifications/manage-contact-points/integrations/webhook-notifier',
    scheme: {
      kind: 'hmac',
      signature: { at: 'header:X-Grafana-Alerting-Signature', encoding: 'hex' },
      algorithm: 'sha256',
      secret: 'utf8',
      signed: '{timestamp}:{body}',
      timestamp: {
        at: 'header:X-Grafana-Alerting-Timestamp',
        unit: 's',
        toleranceMs: 5 * minute,
        isNamedBySetting: true,
      },
    },
    id: null,
    eventType: 'body:status',
    settings: { timestampHeader: 'optional' },
    dedupeMs: 10 * minute,
    ack: ok,
    deadlineMs: 10 * second,
  },
  pagerduty: {
    name: 'PagerDuty',
    docs: 'https://developer.pagerduty.com/docs/verifying-webhook-signatures',
    scheme: {
      kind: 'hmac',
      signature: { at: 'header:X-PagerDuty-Signature', itemSeparator: ',', prefix: 'v1=', encoding: 'hex' },
      algorithm: 'sha256',
      secret: 'utf8',
      signed: '{body}',
    },
    id: ['body:event.id'],
    eventType: 'body:event.event_type',
    dedupeMs: 4 * day,
    ack: ok,
    deadlineMs: 5 * second,
  },
  sentry: {
    name: 'Sentry',
    docs: 'https://docs.sentry.io/organization/integrations/integration-platform/webhooks',
    scheme: {
      kind: 'hmac',
      signature: { at: 'header:Sentry-Hook-Signature', encoding: 'hex' },
      algorithm: 'sha256',
      secret: 'utf8',
      signed: '{body}',
    },
    id: ['header:Request-ID'],
    eventType: 'header:Sentry-Hook-Resource',
    dedupeMs: 1 * day,
    ack: ok,
    deadlineMs: 1 * second,
  },
}
