import type { EventType } from '../../../api/event-types.ts'
import { versionsOf } from '../../event-types/schema-versions.ts'

/** What the server can always send, whatever the catalogue holds. */
const ping = { name: 'svix.ping', examples: [{ success: true }] } as const satisfies ExampleChoice

export interface ExampleChoice {
  readonly name: string
  /** What is sent, by `exampleIndex`; empty where there is nothing to send. */
  readonly examples: readonly unknown[]
}

/** Of the newest schema that has any, as the server chooses. Only objects can be sent, but all of them count. */
export function examplesOf(schemas: EventType['schemas']): readonly unknown[] {
  for (const version of versionsOf(schemas)) {
    const schema: unknown = schemas?.[version]
    if (typeof schema !== 'object' || schema === null) continue
    const { examples, example } = schema as { readonly examples?: unknown; readonly example?: unknown }
    if (Array.isArray(examples) && examples.length > 0) return examples
    if (example !== undefined) return [example]
  }
  return []
}

/** Whether the server takes it as a payload. */
export function isSendable(example: unknown): boolean {
  return typeof example === 'object' && example !== null && !Array.isArray(example)
}

/**
 * The event types that an endpoint takes, those with an example first, and the ping.
 *
 * @param taken null for all
 */
export function exampleChoices(
  eventTypes: readonly EventType[],
  taken: readonly string[] | null,
): readonly ExampleChoice[] {
  const choices = eventTypes
    .filter(({ name, archived }) => archived !== true && (taken === null || taken.includes(name)))
    .map(({ name, schemas }) => ({ name, examples: examplesOf(schemas) }))
  const has = ({ examples }: ExampleChoice): boolean => examples.some(isSendable)
  return [...choices.filter(has), ping, ...choices.filter((choice) => !has(choice))]
}
