import type { ProviderRow } from '../row.ts'
import type { SourceSettings } from '../verify.ts'
import { chat } from './chat.ts'
import { cloud } from './cloud.ts'
import { code } from './code.ts'
import { commerce } from './commerce.ts'
import { hour, noContent, second } from './common.ts'
import { data } from './data.ts'
import { documents } from './documents.ts'
import { mail } from './mail.ts'
import { monitoring } from './monitoring.ts'
import { office } from './office.ts'
import { payments } from './payments.ts'
import { social } from './social.ts'
import { standard } from './standard.ts'
import { telephony } from './telephony.ts'

/** The key of a source whose provider is described by a row of its own. */
export const genericProvider = 'generic-webhook'

/** Every provider that is known, by its key. */
export const providers: Readonly<Record<string, ProviderRow>> = {
  ...standard,
  ...chat,
  ...cloud,
  ...code,
  ...commerce,
  ...data,
  ...documents,
  ...mail,
  ...monitoring,
  ...office,
  ...payments,
  ...social,
  ...telephony,
}

/** For a source that is proven by nothing: whoever knows its URL may send. Never chosen but by name. */
export const urlOnlyRow: ProviderRow = {
  name: 'Whoever knows the URL',
  docs: '',
  scheme: { kind: 'url' },
  id: null,
  eventType: null,
  dedupeMs: 1 * hour,
  ack: noContent,
  deadlineMs: 10 * second,
}

/** The row that a source is judged by; null if there is none. */
export function rowOf({ provider, row }: SourceSettings): ProviderRow | null {
  if (provider === genericProvider) return row ?? null
  return Object.hasOwn(providers, provider) ? (providers[provider] ?? null) : null
}
