import type { ProviderRow } from '#inbound/row.ts'
import { codeSamples } from './code-samples.ts'
import { commerceSamples } from './commerce-samples.ts'
import { iso, type ProviderSamples, type Sample } from './sample.ts'
import { talkSamples } from './talk-samples.ts'
import { workSamples } from './work-samples.ts'

const stored: Readonly<Record<string, ProviderSamples>> = {
  ...codeSamples,
  ...commerceSamples,
  ...talkSamples,
  ...workSamples,
}

const genericEvent = 'test'

/** The names of a provider's samples; the first is what is sent where none is named. */
export function eventsOf(provider: string): readonly string[] {
  return Object.keys(stored[provider]?.events ?? { [genericEvent]: null })
}

/** An id such as the provider gives, different each time. */
export function newSampleId(provider: string, now: number): string {
  return stored[provider]?.newId?.(now) ?? crypto.randomUUID()
}

/** The sample of an event, and whether it is one of the provider's or made from its row alone. */
export function sampleOf(
  provider: string,
  row: ProviderRow,
  event: string,
): { readonly sample: Sample; readonly isGeneric: boolean } {
  const events = stored[provider]?.events ?? {}
  const own = Object.hasOwn(events, event) ? events[event] : undefined
  return own === undefined
    ? { sample: genericSample(row, event), isGeneric: true }
    : { sample: own, isGeneric: false }
}

/** An object, or a list of one, with the event type and the id where the row looks for them. */
function genericSample({ eventType, id: idPlaces }: ProviderRow, event: string): Sample {
  return {
    body({ id, now }) {
      const root: Root = { value: {} }
      const typePath = bodyPath(eventType)
      put(root, typePath ?? 'type', event)
      for (const [index, place] of (idPlaces ?? []).entries()) {
        const path = bodyPath(place)
        // The event type may be a part of what tells one event from another.
        if (path !== null && path !== typePath) put(root, path, index === 0 ? id : `${id}-${index}`)
      }
      const filler = { sample: id, time: iso(now), text: 'A sample of posthorn trigger' }
      const filled = (value: object): object => ({ ...value, ...filler, ...value })
      return Array.isArray(root.value) ? root.value.map((each) => filled(each as object)) : filled(root.value)
    },
  }
}

function bodyPath(place: string | null): string | null {
  const one = place?.split('|').find((each) => each.startsWith('body:'))
  return one?.slice('body:'.length) ?? null
}

type Container = Record<string, unknown> | unknown[]
interface Root {
  value: Container
}

/** Sets the text at a dotted path. What a number names is in a list. */
function put(root: Root, path: string, text: string): void {
  const keys = path.split('.')
  if (/^\d+$/.test(keys[0] ?? '') && !Array.isArray(root.value)) root.value = []
  let at = root.value as Record<string, unknown>
  for (const [index, key] of keys.entries()) {
    if (index === keys.length - 1) at[key] = text
    else at[key] ??= /^\d+$/.test(keys[index + 1] ?? '') ? [] : {}
    at = at[key] as Record<string, unknown>
  }
}
