import type { RequestView } from '../view.ts'
import type { Refusal, SourceSettings, Tools } from '../verify.ts'

/** The request comes from whom the source says. */
export interface Proof {
  readonly kind: 'proven'
  /** Among the source's secrets; null where the scheme has none. */
  readonly secretIndex: number | null
  /** The secret that proved it, for handshakes that must show possession of it. */
  readonly secret: string | null
}

/** One verifier per scheme. */
export type Verifier<S> = (
  view: RequestView,
  scheme: S,
  settings: SourceSettings,
  tools: Tools,
) => Proof | Refusal | Promise<Proof | Refusal>

export function proven(secretIndex: number | null, secret: string | null): Proof {
  return { kind: 'proven', secretIndex, secret }
}
