import { headerProblem } from '#core/custom-headers.ts'
import type { Endpoint } from '#core/endpoint.ts'
import { invalid, Rejected } from '#core/errors.ts'
import type { SuccessRule } from '#core/success-rule.ts'
import type { Catalogue } from '#storage/storage.ts'
import { checkedUid } from './create-application.ts'

/** What a caller may set of an endpoint; absent fields are left as they are. */
export interface EndpointInput {
  readonly url?: string | undefined
  readonly uid?: string | null | undefined
  readonly description?: string | undefined
  readonly disabled?: boolean | undefined
  readonly throttleRate?: number | null | undefined
  readonly rateLimit?: number | null | undefined
  readonly eventTypes?: readonly string[] | null | undefined
  readonly filterTypes?: readonly string[] | null | undefined
  readonly channels?: readonly string[] | null | undefined
  readonly metadata?: Readonly<Record<string, string>> | undefined
  /** Seconds. */
  readonly retrySchedule?: readonly number[] | null | undefined
  readonly successRule?: SuccessRule | null | undefined
}

export interface EndpointRules {
  readonly storage: Pick<Catalogue, 'findMissingEventTypes'>
  readonly orgId: string
  readonly urlProblem: (url: string) => string | null
}

type Settings = Pick<
  Endpoint,
  | 'url'
  | 'uid'
  | 'description'
  | 'throttleRate'
  | 'eventTypes'
  | 'channels'
  | 'metadata'
  | 'retryScheduleMs'
  | 'successRule'
>

/** The named fields as the endpoint keeps them. Throws `Rejected` naming the field that is not as it must be. */
export async function endpointSettings(
  input: EndpointInput,
  rules: EndpointRules,
): Promise<Partial<Settings>> {
  const settings: { -readonly [Name in keyof Settings]?: Settings[Name] } = {}
  if (input.url !== undefined) settings.url = checkedUrl(input.url, rules)
  if (input.uid !== undefined) settings.uid = checkedUid(input.uid, 'ep_')
  if (input.description !== undefined) settings.description = input.description
  const throttleRate = byEitherName(input.throttleRate, input.rateLimit)
  if (throttleRate !== undefined) settings.throttleRate = throttleRate
  const eventTypes = byEitherName(input.eventTypes, input.filterTypes)
  if (eventTypes !== undefined) {
    const field = eventTypes === input.eventTypes ? 'eventTypes' : 'filterTypes'
    settings.eventTypes = await checkedEventTypes(eventTypes, field, rules)
  }
  // An empty list takes the restriction away, as null does.
  if (input.channels !== undefined) settings.channels = input.channels?.length === 0 ? null : input.channels
  if (input.metadata !== undefined) settings.metadata = input.metadata
  if (input.retrySchedule !== undefined) {
    settings.retryScheduleMs = input.retrySchedule?.map((seconds) => Math.round(seconds * 1000)) ?? null
  }
  if (input.successRule !== undefined) settings.successRule = input.successRule
  return settings
}

/** The older name counts where the newer one says nothing. */
function byEitherName<T>(value: T | null | undefined, older: T | null | undefined): T | null | undefined {
  return value ?? (older === undefined ? value : older)
}

function checkedUrl(url: string, { urlProblem }: EndpointRules): string {
  const problem = urlProblem(url)
  if (problem !== null) throw invalid(['body', 'url'], problem)
  return url
}

async function checkedEventTypes(
  names: readonly string[] | null,
  field: string,
  { storage, orgId }: EndpointRules,
): Promise<readonly string[] | null> {
  if (names === null || names.length === 0) return null
  const missing = await storage.findMissingEventTypes(orgId, names)
  if (missing.length > 0) {
    throw invalid(['body', field], `The following event types don't exist: ${missing.join(', ')}`)
  }
  return names
}

const maxHeaders = 50

/** Throws `Rejected` with one problem per header that cannot be set. */
export function checkHeaders(headers: Readonly<Record<string, string>>): void {
  const problems = Object.entries(headers).flatMap(([name, value]) => {
    const msg = headerProblem(name, value)
    return msg === null
      ? []
      : [{ loc: ['body', 'headers', name], msg: `the header ${msg}`, type: 'value_error' }]
  })
  if (Object.keys(headers).length > maxHeaders) {
    problems.push({
      loc: ['body', 'headers'],
      msg: `at most ${maxHeaders} headers can be set`,
      type: 'value_error',
    })
  }
  if (problems.length > 0)
    throw new Rejected('invalid', 'validation_error', 'A header cannot be set', { problems })
}
