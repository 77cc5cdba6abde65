export const kinds = ['failed', 'missing', 'matching'] as const
type ReplayKind = (typeof kinds)[number]

export const periods = ['hour', 'day', 'week', 'exact'] as const
type Period = (typeof periods)[number]

/** The state of a message's last attempt; `any` takes those without one as well. */
export const statuses = ['any', 'success', 'fail', 'canceled'] as const
type LastStatus = (typeof statuses)[number]

export interface ReplayValues extends Record<string, unknown> {
  kind: ReplayKind
  period: Period
  /** ISO 8601, where the period is exact. */
  since: string | undefined
  until: string | undefined
  /** Where messages are chosen by what they match. */
  eventTypes: readonly string[]
  status: LastStatus
}

export const firstValues: ReplayValues = {
  kind: 'failed',
  period: 'day',
  since: undefined,
  until: undefined,
  eventTypes: [],
  status: 'any',
}

const lengthsMs = { hour: 3_600_000, day: 86_400_000, week: 604_800_000 } as const
const statusNumbers = { success: 0, fail: 2, canceled: 4 } as const

/** The period as the API takes it; null where an exact one has no beginning. */
export function periodOf(
  { period, since, until }: Pick<ReplayValues, 'period' | 'since' | 'until'>,
  now: number,
): { readonly since: string; readonly until?: string } | null {
  if (period !== 'exact') return { since: new Date(now - lengthsMs[period]).toISOString() }
  if (since === undefined) return null
  return { since, ...(until === undefined ? {} : { until }) }
}

/** What `bulk-replay` takes beside the period. */
export function filterOf({ eventTypes, status }: Pick<ReplayValues, 'eventTypes' | 'status'>) {
  return {
    ...(eventTypes.length === 0 ? {} : { eventTypes: [...eventTypes] }),
    ...(status === 'any' ? {} : { status: statusNumbers[status] }),
  }
}
