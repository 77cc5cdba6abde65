import { iso, letters, type ProviderSamples, type Sample } from './sample.ts'

function alerts(status: 'firing' | 'resolved'): Sample {
  return {
    headers: [['User-Agent', 'Alertmanager/0.28.1']],
    body: ({ now }) => {
      const labels = { alertname: 'DiskAlmostFull', instance: 'db-1:9100', severity: 'critical' }
      const annotations = { summary: 'The disk of db-1 is full within 4 hours' }
      return {
        receiver: 'posthorn',
        status,
        alerts: [
          {
            status,
            labels,
            annotations,
            startsAt: iso(now - 300_000),
            endsAt: status === 'firing' ? '0001-01-01T00:00:00Z' : iso(now),
            generatorURL: 'http://prometheus.example.com/graph?g0.expr=node_filesystem_avail_bytes',
            fingerprint: letters(16),
          },
        ],
        groupLabels: { alertname: labels.alertname },
        commonLabels: labels,
        commonAnnotations: annotations,
        externalURL: 'http://alertmanager.example.com',
        version: '4',
        groupKey: '{}:{alertname="DiskAlmostFull"}',
        truncatedAlerts: 0,
      }
    },
  }
}

/** Alerts, incidents, planning, and events of any kind. */
export const workSamples: Readonly<Record<string, ProviderSamples>> = {
  'standard-webhooks': {
    newId: () => `msg_${letters(27)}`,
    events: {
      'user.created': {
        body: ({ now }) => ({
          type: 'user.created',
          timestamp: iso(now),
          data: { id: '1f81eb52-5198-4599-803e-771906343485', name: 'Ada', email: 'ada@example.com' },
        }),
      },
    },
  },
  alertmanager: { events: { firing: alerts('firing'), resolved: alerts('resolved') } },
  pagerduty: {
    newId: () => letters(26).toUpperCase(),
    events: {
      'incident.triggered': {
        body: ({ id, now }) => ({
          event: {
            id,
            event_type: 'incident.triggered',
            resource_type: 'incident',
            occurred_at: iso(now),
            agent: { id: 'PLH1HKV', type: 'user_reference', summary: 'Ada' },
            client: null,
            data: {
              id: 'PGR0VU2',
              type: 'incident',
              number: 2,
              status: 'triggered',
              title: 'The horn is silent',
              urgency: 'high',
              created_at: iso(now),
              service: { id: 'PF9KMXH', type: 'service_reference', summary: 'Greeting' },
            },
          },
        }),
      },
    },
  },
  linear: {
    events: {
      Issue: {
        headers: [['User-Agent', 'Linear-Webhook']],
        body: ({ now }) => ({
          action: 'create',
          type: 'Issue',
          createdAt: iso(now),
          organizationId: '2b7a2a3e-47a2-4d9a-9b8b-0c1f3d5e7f90',
          webhookId: '8f3c1f0a-6f0b-4e0e-8f43-2c0f6f1f1f77',
          actor: { id: 'b5ea5f1f-8adc-4f52-b4bd-ab4e84cf51ba', type: 'user', name: 'Ada' },
          data: {
            id: '539068e2-ae88-4d09-bd75-22eb4a59612f',
            identifier: 'HORN-42',
            number: 42,
            title: 'Make the greeting louder',
            priority: 2,
            createdAt: iso(now),
            state: { name: 'Todo', type: 'unstarted' },
            team: { key: 'HORN', name: 'Horns' },
          },
          url: 'https://linear.app/example/issue/HORN-42',
        }),
      },
    },
  },
  cloudevents: {
    events: {
      'com.example.greeting': {
        contentType: 'application/cloudevents+json',
        body: ({ id, now }) => ({
          specversion: '1.0',
          type: 'com.example.greeting',
          source: '/posthorn/trigger',
          id,
          time: iso(now),
          datacontenttype: 'application/json',
          data: { whom: 'Ada' },
        }),
      },
    },
  },
}
