import type { Schemas } from '../../api/client.ts'
import { parseWaits, writeWaits } from '../../lib/waits.ts'
import { anyAnswer, isStatusCode, ruleOf, type RuleValues, ruleValuesOf } from './success-rule.ts'

/** An endpoint as it stands in a form. */
export type EndpointValues = {
  url: string
  description: string
  /** None stands for all. */
  eventTypes: readonly string[]
  channels: string[]
  /** Empty for no limit. */
  throttleRate: number | string
  uid: string
  retrySchedule: { isOwn: boolean; waits: string }
  successRule: RuleValues
}

export const newEndpointValues: EndpointValues = {
  url: '',
  description: '',
  eventTypes: [],
  channels: [],
  throttleRate: '',
  uid: '',
  retrySchedule: { isOwn: false, waits: '' },
  successRule: anyAnswer,
}

export function endpointValuesOf(endpoint: Schemas['EndpointOut']): EndpointValues {
  const { url, description, eventTypes, channels, throttleRate, uid, retrySchedule, successRule } = endpoint
  return {
    url,
    description,
    eventTypes: eventTypes ?? [],
    channels: [...(channels ?? [])],
    throttleRate: throttleRate ?? '',
    uid: uid ?? '',
    retrySchedule: { isOwn: retrySchedule != null, waits: writeWaits(retrySchedule ?? []) },
    successRule: ruleValuesOf(successRule),
  }
}

/** What both making and changing an endpoint take; null stands for none, or for all. */
export function endpointBodyOf(values: EndpointValues) {
  const { url, description, eventTypes, channels, throttleRate, uid, retrySchedule, successRule } = values
  return {
    url: url.trim(),
    description: description.trim(),
    eventTypes: eventTypes.length === 0 ? null : [...eventTypes],
    channels: channels.length === 0 ? null : channels,
    throttleRate: throttleRate === '' ? null : Number(throttleRate),
    uid: uid.trim() === '' ? null : uid.trim(),
    retrySchedule: retrySchedule.isOwn ? [...(parseWaits(retrySchedule.waits) ?? [])] : null,
    successRule: ruleOf(successRule),
  }
}

/** Keys of the catalogue `endpoints.problem`. */
export type EndpointProblem = 'url' | 'waits' | 'statusCodes' | 'contains'

/** What the form can tell is wrong before it is sent, by field. */
export function endpointProblems(values: EndpointValues): Readonly<Record<string, EndpointProblem>> {
  const { url, retrySchedule, successRule } = values
  return {
    ...(isHttpUrl(url.trim()) ? {} : { url: 'url' }),
    ...(retrySchedule.isOwn && parseWaits(retrySchedule.waits) === null
      ? { 'retrySchedule.waits': 'waits' }
      : {}),
    ...(successRule.statusCodes.every(isStatusCode) ? {} : { 'successRule.statusCodes': 'statusCodes' }),
    ...(successRule.answer === 'contains' && successRule.contains === ''
      ? { 'successRule.contains': 'contains' }
      : {}),
  }
}

function isHttpUrl(text: string): boolean {
  return URL.canParse(text) && ['http:', 'https:'].includes(new URL(text).protocol)
}
