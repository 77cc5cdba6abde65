export type TaskKind = 'endpoint.recover' | 'endpoint.replay' | 'endpoint.bulk-replay' | 'application.stats'

export type TaskStatus = 'running' | 'finished' | 'failed'

/** Which messages a replay makes deliveries for. Instants bound the message's creation. */
export interface ReplayFilter {
  readonly since: number
  readonly until: number
  readonly eventTypes: readonly string[] | null
  readonly channel: string | null
  readonly tag: string | null
  /** State of the message's last attempt at the endpoint; null for any. */
  readonly status: 'success' | 'fail' | 'canceled' | null
  /** 100, 200 … 500 of the last attempt's answer, 0 for no answer; null for any. */
  readonly statusClass: number | null
}

export type TaskInput =
  | {
      readonly kind: 'endpoint.recover' | 'endpoint.replay' | 'endpoint.bulk-replay'
      readonly endpointId: string
      readonly filter: ReplayFilter
    }
  | {
      readonly kind: 'application.stats'
      readonly appIds: readonly string[] | null
      readonly since: number
      readonly until: number
    }

/** Long work that outlives the request that began it: done in slices, each committed with its cursor. */
export interface BackgroundTask {
  readonly orgId: string
  /** Null for a task over several applications. */
  readonly appId: string | null
  readonly id: string
  readonly seq: number
  readonly input: TaskInput
  readonly status: TaskStatus
  /** What it has done so far, as shown to whoever asks. */
  readonly data: Readonly<Record<string, unknown>>
  /** Where the next slice begins: a message's sequence. */
  readonly cursor: number
  readonly createdAt: number
  readonly updatedAt: number
}
