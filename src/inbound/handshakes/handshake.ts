import type { Proof } from '../schemes/proof.ts'
import type { RequestView } from '../view.ts'
import type { Answer, Refusal, SourceSettings, Tools, Verdict } from '../verify.ts'

export type Answered = Verdict & { readonly kind: 'answered' }

/** An event after all, of a type that the row does not find. */
export interface NamedEvent {
  readonly kind: 'event'
  readonly eventType: string
}

/** What a provider asks of a URL beside taking events. Null from either: the request is no handshake. */
export interface Handshake {
  /** For requests that come unsigned. It must never answer what could serve as somebody's proof. */
  readonly open?: (view: RequestView, settings: SourceSettings) => Answered | Refusal | null
  /** For requests that the scheme has proven. */
  readonly proven?: (
    view: RequestView,
    proof: Proof,
    tools: Tools,
  ) => Answered | Refusal | NamedEvent | null | Promise<Answered | Refusal | NamedEvent | null>
}

/** Plain text is never run as a page, whatever is echoed in it. */
export function text(body: string): Answered {
  return answered({
    status: 200,
    contentType: 'text/plain; charset=utf-8',
    body,
    headers: [['x-content-type-options', 'nosniff']],
  })
}

export function json(value: unknown): Answered {
  return answered({ status: 200, contentType: 'application/json', body: JSON.stringify(value) })
}

export function answered(answer: Answer): Answered {
  return { kind: 'answered', answer }
}

/** A member of the body's object as a text; null where it is none. */
export function bodyText(view: RequestView, name: string): string | null {
  const body = view.json()
  if (typeof body !== 'object' || body === null || !Object.hasOwn(body, name)) return null
  const value = (body as Readonly<Record<string, unknown>>)[name]
  return typeof value === 'string' && value !== '' ? value : null
}
