import { checkMethod } from './methods.ts'
import { openHandshake, provenHandshake } from './handshakes/handshakes.ts'
import { rowOf } from './providers/providers.ts'
import type { ProviderRow, SettingName } from './row.ts'
import { prove } from './schemes/prove.ts'
import { isRefusal } from './secrets.ts'
import { takenFrom } from './taken.ts'
import { decodedBody } from './content-encoding.ts'
import { type RequestView, viewOf } from './view.ts'

/** One HTTP request as it reached the source's URL. */
export interface InboundRequest {
  readonly method: string
  /** The whole public URL as the sender called it, query included; never made from `Host`. */
  readonly url: string
  /** In the order they came; repeated names stay apart. Values hold one character per byte (as `rawHeaders` does). */
  readonly headers: readonly (readonly [name: string, value: string])[]
  /** The bytes as they were sent. */
  readonly body: Uint8Array
  /** Epoch milliseconds: the clock that timestamps and certificates are judged by. */
  readonly receivedAt: number
}

/** What a source has configured. */
export interface SourceSettings {
  /** Key of the provider table, or `generic-webhook` together with `row`. */
  readonly provider: string
  /** All that are valid now, newest first; each is tried. Public keys for providers that sign with a private one. */
  readonly secrets: readonly string[]
  /** What the provider's row asks for in `settings`. */
  readonly options?: Readonly<Partial<Record<SettingName, string>>>
  /** Only for `generic-webhook`: the person's own description, as `readRow` returned it. */
  readonly row?: ProviderRow
  /** Replaces the row's tolerance for timestamps. */
  readonly toleranceMs?: number
}

/** What to answer the sender. */
export interface Answer {
  readonly status: number
  readonly contentType: string | null
  readonly body: string
  readonly headers?: readonly (readonly [name: string, value: string])[]
}

/** One event to store. */
export interface Taken {
  /** The provider's id of the event or delivery; null where it gives none, so that a hash must do. */
  readonly id: string | null
  readonly eventType: string | null
  /** The bytes that were proven, not a copy made from what was parsed. */
  readonly body: Uint8Array
  readonly contentType: string
  /** So long the id must be remembered: longer than the provider retries and longer than a timestamp is accepted. */
  readonly dedupeMs: number
  /** The body came compressed and was signed before that: its `content-encoding` no longer holds. */
  readonly isDecoded: boolean
}

export type RefusalReason =
  | 'unknown_provider'
  | 'no_secret'
  | 'setting_missing'
  | 'unsupported_method'
  | 'unsupported_content_type'
  | 'unparsable_body'
  | 'missing_signature'
  | 'malformed_signature'
  | 'bad_signature'
  | 'timestamp_missing'
  | 'timestamp_malformed'
  | 'timestamp_out_of_window'
  | 'wrong_recipient'
  | 'untrusted_certificate_url'
  | 'key_unavailable'
  | 'handshake_refused'

export interface Refusal {
  readonly kind: 'refused'
  readonly reason: RefusalReason
  /** For whoever set the source up; holds no secret and nothing from which one follows. */
  readonly detail: string
  /**
   * 401 for what is not proven, 400, 404, 405 and 415 for what cannot be judged; 503 where the source lacks a secret or a
   * key could not be fetched, so that the provider sends again once that is mended.
   */
  readonly status: number
  /** `Allow` beside a 405 (RFC 9110 §15.5.6). */
  readonly headers?: readonly (readonly [name: string, value: string])[]
}

export type Verdict =
  | {
      readonly kind: 'accepted'
      readonly answer: Answer
      /** One, but for batches of CloudEvents: one for each event, in their order; none for an empty batch. */
      readonly messages: readonly Taken[]
      /** Which of the secrets proved it; null where the provider's scheme has none. */
      readonly secretIndex: number | null
    }
  | {
      /** A handshake: nothing is stored. */
      readonly kind: 'answered'
      readonly answer: Answer
      /** The provider gave the source's secret; only ever while the source has none. To be stored before answering. */
      readonly learnedSecret?: string
    }
  | Refusal

export type Fetched =
  | { readonly kind: 'response'; readonly status: number; readonly body: string }
  | { readonly kind: 'failed'; readonly detail: string }

export interface Tools {
  /** Fetches a certificate, a key set or a confirmation URL; guarded, redirects not followed, up to 256 KiB. */
  readonly get: (url: string) => Promise<Fetched>
  /** No body may be longer, compressed or not. */
  readonly maxBodyBytes: number
}

/**
 * Judges one request to a source. Fails closed: without a usable secret nothing is accepted. Rejects only when a tool
 * does; whatever the sender does is a verdict.
 */
export async function verify(
  request: InboundRequest,
  settings: SourceSettings,
  tools: Tools,
): Promise<Verdict> {
  const row = rowOf(settings)
  if (row === null) {
    return {
      kind: 'refused',
      reason: 'unknown_provider',
      detail: `There is no provider "${settings.provider}"`,
      status: 503,
    }
  }
  const verdict = await judge(request, row, settings, tools, false)
  // Some sign what they compress. Only a signature that is there, and does not fit, is worth unpacking for.
  if (verdict.kind !== 'refused' || verdict.reason !== 'bad_signature') return verdict
  const decoded = await decodedBody(request, tools.maxBodyBytes)
  if (decoded === null) return verdict
  const second = await judge({ ...request, body: decoded }, row, settings, tools, true)
  return second.kind === 'refused' ? verdict : second
}

async function judge(
  request: InboundRequest,
  row: ProviderRow,
  settings: SourceSettings,
  tools: Tools,
  isDecoded: boolean,
): Promise<Verdict> {
  const view = viewOf(request, settings.options?.publicUrl)
  const open = isDecoded ? null : openHandshake(view, row, settings)
  if (open !== null) return open
  const method = checkMethod(request.method, row)
  if (method !== null) return method
  const proof = await prove(view, row, settings, tools)
  if (proof.kind === 'refused') return proof
  const shake = await provenHandshake(view, row, proof, tools)
  if (shake !== null && shake.kind !== 'event') return shake
  const messages = takenFrom(view, row, shake?.eventType ?? null, isDecoded)
  if (isRefusal(messages)) return messages
  return { kind: 'accepted', answer: answerTo(view, row), messages, secretIndex: proof.secretIndex }
}

function answerTo({ header }: RequestView, { ack, echoes }: ProviderRow): Answer {
  const value = echoes === undefined ? undefined : header(echoes)[0]
  return echoes === undefined || value === undefined ? ack : { ...ack, headers: [[echoes, value]] }
}

/** Names, in lower case, of the headers in which the provider sends a secret itself: not to be shown or passed on. */
export function secretHeadersOf(settings: SourceSettings): readonly string[] {
  const scheme = rowOf(settings)?.scheme
  const places =
    scheme?.kind === 'token' ? scheme.accept.map(({ at }) => at) : scheme?.kind === 'jwt' ? [scheme.at] : []
  const names = places.flatMap((place) =>
    place
      .split('|')
      .flatMap((one) => (one.startsWith('header:') ? [one.slice('header:'.length).toLowerCase()] : [])),
  )
  return [...new Set([...names, 'authorization', 'x-hook-secret'])]
}

/** Whether the provider sends a secret in the body itself, in events or in the handshake that gives it. */
export function holdsSecretInBody(settings: SourceSettings): boolean {
  const row = rowOf(settings)
  if (row === null) return false
  const isToken =
    row.scheme.kind === 'token' && row.scheme.accept.some(({ at }) => /(^|\|)(body|form):/.test(at))
  return isToken || row.scheme.kind === 'graph' || (row.handshakes?.includes('notion') ?? false)
}
