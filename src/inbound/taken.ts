import { cloudEventsOf } from './cloudevents.ts'
import type { Place, ProviderRow } from './row.ts'
import { isRefusal } from './secrets.ts'
import type { Refusal, Taken } from './verify.ts'
import { firstTextAt, type RequestView } from './view.ts'

/** The messages of a proven request. @param eventType what a handshake says of it, before what the row finds */
export function takenFrom(
  view: RequestView,
  row: ProviderRow,
  eventType: string | null,
  isDecoded: boolean,
): readonly Taken[] | Refusal {
  const common = { dedupeMs: row.dedupeMs, isDecoded }
  const whole = {
    body: view.request.body,
    contentType: view.header('content-type')[0] ?? 'application/octet-stream',
  }
  if (row.format === 'cloudevents') {
    const events = cloudEventsOf(view, whole)
    return isRefusal(events) ? events : events.map((event) => ({ ...event, ...common }))
  }
  const found = row.eventType === null ? null : firstTextAt(view, row.eventType)
  return [{ id: joined(view, row.id), eventType: eventType ?? found, ...whole, ...common }]
}

/** One text for several, in which no two lists of parts are alike. */
function idOf(parts: readonly string[]): string {
  return parts.length === 1 ? (parts[0] as string) : JSON.stringify(parts)
}

/** Null if any part is missing: half an id would take two events for one. */
function joined(view: RequestView, places: readonly Place[] | null): string | null {
  const parts = (places ?? []).map((place) => firstTextAt(view, place))
  return parts.length === 0 || parts.includes(null) ? null : idOf(parts as string[])
}
