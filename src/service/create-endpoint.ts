import type { Endpoint } from '#core/endpoint.ts'
import { invalid } from '#core/errors.ts'
import { newId } from '#core/ids.ts'
import type { Vault } from '#core/sealing.ts'
import { newSecret, parseSecret, type SignatureType } from '#core/signing-secret.ts'
import { checkHeaders, type EndpointInput, type EndpointRules, endpointSettings } from './endpoint-input.ts'
import { sealHeaders, sealSecrets } from './sealed.ts'

export interface NewEndpointInput extends EndpointInput {
  readonly url: string
  readonly secret?: string | null | undefined
  readonly headers?: Readonly<Record<string, string>> | null | undefined
}

/** An endpoint as it would be stored. Throws `Rejected` naming the field that is not as it must be. */
export async function newEndpoint(
  appId: string,
  input: NewEndpointInput,
  rules: EndpointRules,
  vault: Vault,
  defaultSignature: SignatureType,
  now: number,
): Promise<Endpoint> {
  const settings = await endpointSettings(input, rules)
  const headers = input.headers ?? {}
  checkHeaders(headers)
  const id = newId('ep_', now)
  const key = checkedSecret(input.secret ?? null, ['body', 'secret']) ?? newSecret(defaultSignature)
  return {
    appId,
    id,
    uid: settings.uid ?? null,
    url: input.url,
    description: settings.description ?? '',
    disabledReason: input.disabled === true ? 'operator' : null,
    eventTypes: settings.eventTypes ?? null,
    channels: settings.channels ?? null,
    metadata: settings.metadata ?? {},
    throttleRate: settings.throttleRate ?? null,
    retryScheduleMs: settings.retryScheduleMs ?? null,
    successRule: settings.successRule ?? null,
    sealedSecrets: sealSecrets([{ key, expiresAt: null }], id, vault),
    sealedHeaders: sealHeaders(headers, id, vault),
    createdAt: now,
    updatedAt: now,
    failingSince: null,
    version: 1,
  }
}

export function checkedSecret(text: string | null, loc: readonly string[]): string | null {
  if (text === null) return null
  const parsed = parseSecret(text)
  if ('problem' in parsed) throw invalid(loc, parsed.problem)
  return parsed.key
}
