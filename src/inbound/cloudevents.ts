import { type CloudEvent, HTTP, ValidationError } from 'cloudevents'
import { itemTexts } from './json-text.ts'
import { refused } from './refusal.ts'
import type { Refusal, Taken } from './verify.ts'
import { type RequestView, textOf, valueAt } from './view.ts'

type Event = Pick<Taken, 'id' | 'eventType' | 'body' | 'contentType'>

const maxEvents = 1_000
const batchType = 'application/cloudevents-batch+json'
const structuredType = 'application/cloudevents+json'

/**
 * The events of a CloudEvents request (HTTP protocol binding 1.0.2 §3): binary and structured ones as they came, a
 * batch cut into its events' own texts. An event is known by its source and id together (CloudEvents 1.0 §3.1).
 */
export function cloudEventsOf(
  view: RequestView,
  whole: Pick<Taken, 'body' | 'contentType'>,
): readonly Event[] | Refusal {
  const isBatch = view.mediaType === batchType
  if (
    view.mediaType?.startsWith('application/cloudevents') === true &&
    !isBatch &&
    view.mediaType !== structuredType
  ) {
    return refused('unsupported_content_type', 'CloudEvents are taken as JSON, in binary mode or as a batch')
  }
  const isBinary =
    view.header('ce-specversion').length > 0 && view.mediaType?.startsWith('application/cloudevents') !== true
  if (isBinary) return binaryEvent(view, whole)
  if (!isBatch && view.mediaType !== structuredType) {
    return refused(
      'unsupported_content_type',
      'The request is no CloudEvent: neither ce- headers nor its media type',
    )
  }
  const text = textOf(view.request.body)
  if (text === null || view.json() === undefined) return refused('unparsable_body', 'The body is not JSON')
  if (isBatch && !Array.isArray(view.json())) return refused('unparsable_body', 'A batch is a JSON array')
  const texts = isBatch ? itemTexts(text) : [text]
  if (texts.length > maxEvents) return refused('unparsable_body', `A batch holds at most ${maxEvents} events`)
  const events: Event[] = []
  for (const each of texts) {
    const event = structuredEvent(each)
    if (!('id' in event)) return event
    const body = isBatch ? Buffer.from(each) : view.request.body
    events.push({ ...event, body, contentType: isBatch ? structuredType : whole.contentType })
  }
  return events
}

const required = ['specversion', 'id', 'source', 'type'] as const

/** The library makes up an id where there is none, and then every retry would be another event. */
function lacking(attribute: (name: string) => unknown): Refusal | null {
  const name = required.find((each) => typeof attribute(each) !== 'string' || attribute(each) === '')
  return name === undefined
    ? null
    : refused('unparsable_body', `The request is no valid CloudEvent: it lacks ${name}`)
}

/** Only the attributes count here, so the data stays out of the library's hands, which would parse it. */
function binaryEvent(
  view: RequestView,
  whole: Pick<Taken, 'body' | 'contentType'>,
): readonly Event[] | Refusal {
  const attributes = view.request.headers.filter(([name]) => name.toLowerCase().startsWith('ce-'))
  const headers = Object.fromEntries(attributes.map(([name, value]) => [name.toLowerCase(), value]))
  const lack = lacking((name) => headers[`ce-${name}`])
  if (lack !== null) return lack
  const event = named(() => HTTP.toEvent({ headers, body: undefined }) as CloudEvent<unknown>)
  return 'id' in event ? [{ ...event, ...whole }] : event
}

function structuredEvent(text: string): Pick<Event, 'id' | 'eventType'> | Refusal {
  const json = JSON.parse(text) as unknown
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    return refused('unparsable_body', 'An event is a JSON object')
  }
  const lack = lacking((name) => valueAt(json, name))
  if (lack !== null) return lack
  return named(
    () => HTTP.toEvent({ headers: { 'content-type': structuredType }, body: text }) as CloudEvent<unknown>,
  )
}

function named(read: () => CloudEvent<unknown>): Pick<Event, 'id' | 'eventType'> | Refusal {
  try {
    const event = read()
    event.validate()
    return { id: JSON.stringify([event.source, event.id]), eventType: event.type }
  } catch (error) {
    const why = error instanceof ValidationError ? error.message.slice(0, 200) : 'it cannot be read'
    return refused('unparsable_body', `The request is no valid CloudEvent: ${why}`)
  }
}
