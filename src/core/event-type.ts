/** A kind of event that an organisation publishes, described for those who subscribe. */
export interface EventType {
  readonly orgId: string
  readonly name: string
  readonly description: string
  readonly archived: boolean
  readonly deprecated: boolean
  /** JSON Schemas by version, as given; null where none was. */
  readonly schemas: Readonly<Record<string, unknown>> | null
  readonly groupName: string | null
  /** Only portal tokens that carry one of them see the event type; null shows it to all. */
  readonly featureFlags: readonly string[] | null
  /** Waits between attempts in milliseconds; null leaves it to the server's schedule. */
  readonly retryScheduleMs: readonly number[] | null
  readonly createdAt: number
  readonly updatedAt: number
  readonly version: number
}
