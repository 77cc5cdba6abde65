/** What the address of the endpoint pages carries behind its `?`. All of it may be absent, or come from anywhere. */

export const shownStates = ['enabled', 'failing', 'disabled'] as const

export interface AllEndpointsSearch {
  readonly state?: (typeof shownStates)[number] | undefined
  readonly q?: string | undefined
}

export function allEndpointsSearch({ state, q }: Readonly<Record<string, unknown>>): AllEndpointsSearch {
  return { state: oneOf(shownStates, state), q: text(q) }
}

export const endpointTabs = ['overview', 'deliveries', 'test', 'settings', 'signing', 'headers'] as const
export type EndpointTab = (typeof endpointTabs)[number]

export const attemptStatuses = ['success', 'fail', 'canceled'] as const
export const shownDays = [1, 7, 28] as const

export interface EndpointSearch {
  readonly tab?: EndpointTab | undefined
  /** It has just been made: what to do next is offered. */
  readonly isNew?: true | undefined
  /** How many days the overview’s chart shows. */
  readonly days?: (typeof shownDays)[number] | undefined
  readonly status?: (typeof attemptStatuses)[number] | undefined
  readonly types?: readonly string[] | undefined
  /** ISO 8601. */
  readonly after?: string | undefined
  readonly before?: string | undefined
  /** The attempt that is open, and its message. */
  readonly attempt?: string | undefined
  readonly message?: string | undefined
  /** A background task that is watched. */
  readonly task?: string | undefined
}

export function endpointSearch(given: Readonly<Record<string, unknown>>): EndpointSearch {
  const types = Array.isArray(given.types) ? given.types.filter((each) => typeof each === 'string') : []
  return {
    tab: oneOf(endpointTabs, given.tab),
    isNew: given.isNew === true ? true : undefined,
    days: oneOf(shownDays, given.days),
    status: oneOf(attemptStatuses, given.status),
    types: types.length === 0 ? undefined : types,
    after: instant(given.after),
    before: instant(given.before),
    attempt: text(given.attempt),
    message: text(given.message),
    task: text(given.task),
  }
}

function oneOf<Value>(values: readonly Value[], given: unknown): Value | undefined {
  return values.find((each) => each === given)
}

/** What looks like a number comes as one. */
function text(given: unknown): string | undefined {
  if (typeof given === 'number') return String(given)
  return typeof given === 'string' && given !== '' ? given : undefined
}

function instant(given: unknown): string | undefined {
  return typeof given === 'string' && !Number.isNaN(Date.parse(given)) ? given : undefined
}
