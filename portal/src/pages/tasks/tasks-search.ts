export const statuses = ['running', 'finished', 'failed'] as const
export type Status = (typeof statuses)[number]

export interface TasksSearch {
  readonly status?: Status
}

/** What of the address’s query counts. */
export function tasksSearch({ status }: Readonly<Record<string, unknown>>): TasksSearch {
  const known = statuses.find((each) => each === status)
  return known === undefined ? {} : { status: known }
}
