/** What changes from one request to the next. */
interface Given {
  readonly id: string
  /** Epoch milliseconds. */
  readonly now: number
}

/** One event as its provider sends it, in the shape that the provider's documentation describes. */
export interface Sample {
  /** As the provider writes it, where that is not the sample's own name. */
  readonly eventType?: string
  /** JSON where it is not said. */
  readonly contentType?: string
  /** Beside those of the signature, the id and the event type. */
  readonly headers?: readonly (readonly [name: string, value: string])[]
  /** A text is sent as it is, anything else as JSON. */
  readonly body: (given: Given) => unknown
}

export interface ProviderSamples {
  /** Where the provider's ids are no UUIDs. */
  readonly newId?: (now: number) => string
  /** By the name that they are asked for with; the first is sent where none is named. */
  readonly events: Readonly<Record<string, Sample>>
}

export function seconds(now: number): number {
  return Math.floor(now / 1000)
}

export function iso(now: number): string {
  return new Date(now).toISOString()
}

/** So many characters of an id, different each time. */
export function letters(count: number): string {
  let text = ''
  while (text.length < count) text += crypto.randomUUID().replaceAll('-', '')
  return text.slice(0, count)
}
