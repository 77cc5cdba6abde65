import { isUtf8 } from 'node:buffer'
import { createHash } from 'node:crypto'
import { Overloaded, StoreUnavailable } from '#core/errors.ts'
import { newId } from '#core/ids.ts'
import type { Vault } from '#core/sealing.ts'
import type { Source } from '#core/source.ts'
import type { PublishGroup, PublishGroupResult, PublishItem, Sources } from '#storage/storage.ts'
import { passedHeaders, shownHeaders } from './passed-headers.ts'
import type { RejectionLog } from './rejection-log.ts'
import { learnSecret, openConfig, tokenHashOf } from './source-config.ts'
import { shownBody } from './shown-body.ts'
import { settingsOf } from './source-types.ts'
import type { Answer, InboundRequest, SourceSettings, Taken, Tools, Verdict } from './verify.ts'
import { secretHeadersOf, verify } from './verify.ts'

interface GatewayEvents {
  inboundEnded(type: string, outcome: 'accepted' | 'duplicate' | 'answered' | 'refused' | 'failed'): void
  inboundFailed(sourceId: string, error: unknown): void
}

export interface GatewayParts {
  readonly storage: Sources
  readonly publisher: { publish(group: PublishGroup): Promise<PublishGroupResult> }
  readonly vault: Vault
  readonly rejections: RejectionLog
  readonly tools: Tools
  readonly events: GatewayEvents
}

/** A source that may be sent to, with what its requests are judged by. */
export interface OpenSource {
  readonly source: Source
  readonly settings: SourceSettings
}

/** Why a request is not taken in: the scheme's verdict, or what the server itself found. */
export interface Refused extends Pick<Answer, 'headers'> {
  readonly status: number
  readonly reason: string
  readonly detail: string
}

const retentionMs = 90 * 86_400_000
const maxEventIdLength = 256
const maxContentTypeLength = 256
const anyType = 'application/octet-stream'
/** Passed on beside a delivery's own, they must fit what receivers take: 8 KiB in all is usual. */
const maxPassedBytes = 4 * 1024
const hashPrefix = 'sha256-'
/** Handshakes that teach a secret may meet another change of the source. */
const maxTries = 5

/** Takes in what others send: proves who sent it, stores it as a message, and answers only then. */
export class Gateway {
  readonly #parts: GatewayParts

  constructor(parts: GatewayParts) {
    this.#parts = parts
  }

  /** The source of the token, or what to answer: 404 where there is none, 410 where it was deleted, 503 while the store fails. */
  async find(token: string): Promise<OpenSource | Answer> {
    try {
      const source = await this.#parts.storage.findSourceByToken(tokenHashOf(token))
      if (source === null) return problem(404, 'not_found', 'No source has this URL')
      if (source.isDeleted) return gone
      const settings = settingsOf(source, openConfig(source, this.#parts.vault))
      return { source, settings }
    } catch (error) {
      return unavailable(error)
    }
  }

  /** What to answer. Never rejects for what is sent; a 2xx means that it is stored, or was before. */
  async take({ source, settings }: OpenSource, request: InboundRequest): Promise<Answer> {
    const { events, tools } = this.#parts
    try {
      const verdict = await verify(request, settings, tools)
      if (verdict.kind === 'refused') return this.refuse({ source, settings }, request, verdict)
      if (verdict.kind === 'accepted') return await this.#store(source, settings, request, verdict)
      if (verdict.learnedSecret !== undefined && !(await this.#learn(source, verdict.learnedSecret))) {
        return this.refuse({ source, settings }, request, secretIsThere)
      }
      events.inboundEnded(source.type, 'answered')
      return verdict.answer
    } catch (error) {
      events.inboundEnded(source.type, 'failed')
      if (!(error instanceof StoreUnavailable) && !(error instanceof Overloaded))
        events.inboundFailed(source.id, error)
      return unavailable(error)
    }
  }

  /** Answers a refusal and keeps a record of it. */
  refuse(
    { source, settings }: OpenSource,
    request: Pick<InboundRequest, 'headers' | 'body' | 'receivedAt'>,
    { status, reason, detail, headers = [] }: Refused,
  ): Answer {
    this.#parts.rejections.add(source.id, () => ({
      id: newId('log_', request.receivedAt),
      sourceId: source.id,
      status,
      reason,
      detail,
      headers: shownHeaders(request.headers, secretHeadersOf(settings)),
      body: shownBody(request.body, settings),
      createdAt: request.receivedAt,
    }))
    this.#parts.events.inboundEnded(source.type, 'refused')
    return { ...problem(status, reason, detail), headers }
  }

  async #store(
    source: Source,
    settings: SourceSettings,
    request: InboundRequest,
    verdict: Verdict & { readonly kind: 'accepted' },
  ): Promise<Answer> {
    const headers = passedHeaders(request.headers, secretHeadersOf(settings))
    if (sizeOf(headers) > maxPassedBytes) return this.refuse({ source, settings }, request, tooManyHeaders)
    const items = verdict.messages.map((taken) => itemOf(source, taken, headers, request.receivedAt))
    if (items.length === 0) {
      this.#parts.events.inboundEnded(source.type, 'accepted')
      return verdict.answer
    }
    const result = await this.#parts.publisher.publish({
      orgId: source.orgId,
      appRef: source.appId,
      createApplication: null,
      items,
      atomic: false,
      onlyEndpointId: null,
      claim: null,
    })
    switch (result.kind) {
      case 'published': {
        const isNew = result.results.some(({ kind }) => kind === 'stored')
        this.#parts.events.inboundEnded(source.type, isNew ? 'accepted' : 'duplicate')
        return verdict.answer
      }
      case 'throttled':
        this.#parts.events.inboundEnded(source.type, 'refused')
        return {
          ...problem(429, 'too_many_requests', 'More requests than the source takes'),
          headers: retryAfter(result.retryAfterMs),
        }
      default:
        // Its application was deleted by itself.
        this.#parts.events.inboundEnded(source.type, 'refused')
        return gone
    }
  }

  /** @returns whether it is the source's secret now: another one may have come first */
  async #learn({ id, orgId }: Source, secret: string): Promise<boolean> {
    const { storage, vault } = this.#parts
    for (let tries = 1; tries <= maxTries; tries++) {
      const source = await storage.findSource(orgId, id)
      if (source === null) return false
      const changed = learnSecret(source, secret, vault, Date.now())
      if (changed === 'known') return true
      if (changed === 'taken') return false
      if ((await storage.replaceSource(changed)).kind === 'stored') return true
    }
    throw new Overloaded('the source changes too fast')
  }
}

const tooManyHeaders: Refused = {
  status: 431,
  reason: 'headers_too_large',
  detail: `The headers to pass on are longer than ${maxPassedBytes} bytes together`,
}

function sizeOf(headers: readonly (readonly [string, string])[]): number {
  let bytes = 0
  for (const [name, value] of headers) bytes += name.length + value.length + 4
  return bytes
}

const secretIsThere: Refused = {
  status: 403,
  reason: 'handshake_refused',
  detail: 'The source has a secret already',
}

const gone: Answer = problem(410, 'gone', 'This source takes no requests any more')

function itemOf(
  source: Source,
  { id, eventType, body, contentType, dedupeMs, isDecoded }: Taken,
  given: readonly (readonly [string, string])[],
  now: number,
): PublishItem {
  const headers = isDecoded ? given.filter(([name]) => name.toLowerCase() !== 'content-encoding') : given
  const type = contentType.trim()
  const isText = isUtf8(body) && !body.includes(0)
  return {
    message: {
      id: newId('msg_', now),
      eventType: eventTypeOf(eventType, source.type),
      eventId: eventIdOf(id, body),
      channels: null,
      tags: null,
      contentType: type === '' || type.length > maxContentTypeLength ? anyType : type,
      payload: Buffer.from(body).toString(isText ? 'utf8' : 'base64'),
      received: { headers, encoding: isText ? 'utf8' : 'base64' },
      createdAt: now,
      deliverAt: null,
      payloadExpiresAt: now + retentionMs,
    },
    eventIdExpiresAt: now + dedupeMs,
  }
}

/** Of a provider's text so much is looked at: what follows is cut anyway. */
const maxLookedAt = 1_024
const maxTypeLength = 256

/** The provider's own word where it is one for us, with a point for whatever else; the source's type where there is none. */
function eventTypeOf(eventType: string | null, type: string): string {
  const word = (eventType ?? '').slice(0, maxLookedAt).replaceAll(/[^a-zA-Z0-9\-_.]+/g, '.')
  let [start, end] = [0, Math.min(word.length, maxTypeLength)]
  while (word[start] === '.') start++
  while (end > start && word[end - 1] === '.') end--
  return start === end ? type : word.slice(start, end)
}

/**
 * The provider's id as it is, where every store keeps it apart from all others; else its hash, in a form that no id
 * has. The hash of the body where there is none.
 */
function eventIdOf(id: string | null, body: Uint8Array): string {
  const isPlain =
    id !== null &&
    id.length <= maxEventIdLength &&
    !id.startsWith(hashPrefix) &&
    id.isWellFormed() &&
    // eslint-disable-next-line no-control-regex -- these are looked for
    !/[\u0000-\u001f\u007f]/.test(id)
  if (isPlain) return id
  // As JSON, halves of surrogate pairs stay apart.
  const hashed = id === null ? body : JSON.stringify(id)
  return `${hashPrefix}${createHash('sha256').update(hashed).digest('base64url')}`
}

export function isAnswer(found: OpenSource | Answer): found is Answer {
  return 'status' in found
}

/** Whoever sends is to send again: nothing was taken. */
function unavailable(error: unknown): Answer {
  const retryAfterMs =
    error instanceof StoreUnavailable || error instanceof Overloaded ? error.retryAfterMs : 2_000
  return {
    ...problem(503, 'service_unavailable', 'The request could not be stored; send it again'),
    headers: retryAfter(retryAfterMs),
  }
}

function retryAfter(ms: number): readonly (readonly [string, string])[] {
  return [['retry-after', String(Math.ceil(ms / 1000))]]
}

function problem(status: number, code: string, detail: string): Answer {
  return { status, contentType: 'application/json', body: JSON.stringify({ code, detail }) }
}
