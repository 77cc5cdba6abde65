import type { Refusal, RefusalReason } from './verify.ts'

const statuses: Readonly<Record<RefusalReason, number>> = {
  unknown_provider: 503,
  no_secret: 503,
  setting_missing: 503,
  key_unavailable: 503,
  unsupported_method: 405,
  unsupported_content_type: 415,
  unparsable_body: 400,
  missing_signature: 401,
  malformed_signature: 401,
  bad_signature: 401,
  timestamp_missing: 401,
  timestamp_malformed: 401,
  timestamp_out_of_window: 401,
  wrong_recipient: 401,
  untrusted_certificate_url: 401,
  handshake_refused: 403,
}

export function refused(
  reason: RefusalReason,
  detail: string,
  headers?: readonly (readonly [name: string, value: string])[],
): Refusal {
  const refusal = { kind: 'refused', reason, detail, status: statuses[reason] } as const
  return headers === undefined ? refusal : { ...refusal, headers }
}

/** What a detail may show of a text that came with the request. */
export function shown(text: string): string {
  const short = text.length > 80 ? `${text.slice(0, 80)}…` : text
  return JSON.stringify(short)
}
