/** One customer of the API. Owns endpoints, messages and everything that follows from them. */
export interface Application {
  readonly orgId: string
  readonly id: string
  readonly uid: string | null
  readonly name: string
  /** Messages a second that may be published to it; null for no limit. */
  readonly throttleRate: number | null
  readonly metadata: Readonly<Record<string, string>>
  readonly createdAt: number
  readonly updatedAt: number
  /** Grows with each change of the application or of anything it owns that decides who receives a message. */
  readonly version: number
}
