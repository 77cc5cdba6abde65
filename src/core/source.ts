/** A URL that takes in a provider's webhooks. What it accepts are messages of an application of its own. */
export interface Source {
  readonly orgId: string
  readonly id: string
  readonly uid: string | null
  readonly name: string
  /** The key of the provider's row, such as `github`; `generic-webhook` where whoever sends is described in the config. */
  readonly type: string
  /** Its application, whose uid is the source's id. */
  readonly appId: string
  readonly metadata: Readonly<Record<string, string>>
  /** Secrets and settings of its type: JSON, sealed for this source's id. */
  readonly sealedConfig: string
  /** The last part of its URL, sealed for this source's id. */
  readonly sealedToken: string
  /** SHA-256 of the token, in hex: what a request's token is looked up by. */
  readonly tokenHash: string
  readonly createdAt: number
  readonly updatedAt: number
  readonly version: number
}

/** A request to a source's URL that was not taken in. */
export interface Rejection {
  readonly id: string
  readonly sourceId: string
  /** What it was answered. */
  readonly status: number
  /** Why, as a code such as `bad_signature`. */
  readonly reason: string
  /** Why, in words for whoever set the source up. */
  readonly detail: string
  /** As they came; without what is secret. */
  readonly headers: readonly (readonly [name: string, value: string])[]
  /** The beginning of its body as text; bytes that are none are replaced. */
  readonly body: string
  readonly createdAt: number
}
