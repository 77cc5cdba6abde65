import type { ProviderRow, SecretEncoding } from '../row.ts'
import { day, minute, noContent, second } from './common.ts'

/** Providers that sign as Standard Webhooks 1.0 says; they differ in how the secret's text becomes the key. */
function standardRow(
  name: string,
  docs: string,
  secret: SecretEncoding,
  eventType: ProviderRow['eventType'] = 'body:type',
): ProviderRow {
  return {
    name,
    docs,
    scheme: { kind: 'standard', secret, toleranceMs: 5 * minute },
    id: ['header:webhook-id|header:svix-id'],
    eventType,
    dedupeMs: 4 * day,
    ack: noContent,
    deadlineMs: 15 * second,
  }
}

export const standard: Readonly<Record<string, ProviderRow>> = {
  'standard-webhooks': standardRow('Standard Webhooks', 'https://www.standardwebhooks.com', 'base64'),
  svix: standardRow('Svix', 'https://docs.svix.com/receiving/verifying-payloads/how-manual', 'base64'),
  brex: standardRow('Brex', 'https://developer.brex.com/docs/webhooks', 'base64', 'body:event_type'),
  clerk: standardRow('Clerk', 'https://clerk.com/docs/webhooks/overview', 'base64'),
  gitlab: standardRow(
    'GitLab (signing token)',
    'https://docs.gitlab.com/user/project/integrations/webhooks',
    'auto',
    'header:X-Gitlab-Event',
  ),
  openai: standardRow('OpenAI', 'https://platform.openai.com/docs/guides/webhooks', 'auto'),
  polar: standardRow('Polar', 'https://polar.sh/docs/integrate/webhooks/delivery', 'utf8'),
  render: standardRow('Render', 'https://render.com/docs/webhooks', 'base64'),
  replicate: standardRow(
    'Replicate',
    'https://replicate.com/docs/topics/webhooks/verify-webhook',
    'base64',
    'body:status',
  ),
  resend: standardRow(
    'Resend',
    'https://resend.com/docs/dashboard/webhooks/verify-webhooks-requests',
    'base64',
  ),
}
