export interface Draft {
  readonly eventType: string
  /** The text that endpoints will get. */
  readonly payload: string
  readonly eventId: string
  readonly channels: readonly string[]
}

/** Whether the text is a JSON object, which every payload is. */
export function isObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
  } catch {
    return false
  }
}

/** The body of the request, with the payload's own text in it. */
export function publishBody({ eventType, payload, eventId, channels }: Draft): string {
  const named = {
    eventType,
    ...(eventId === '' ? {} : { eventId }),
    ...(channels.length === 0 ? {} : { channels }),
  }
  return `${JSON.stringify(named).slice(0, -1)},"payload":${payload}}`
}
