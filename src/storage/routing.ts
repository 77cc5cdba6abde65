import { matches, type Routing, type Subscription } from '#core/filter.ts'
import { readStrings, type Row } from './rows.ts'

/** Deliveries that a call makes at once; the rest follow in slices, so that a large fan-out holds up nobody else. */
const maxImmediateDeliveries = 64
/** A message to so few endpoints gets its deliveries at once, whatever else the call holds. */
const fewDeliveries = 16

const maxCachedRoutings = 200

export interface Target extends Subscription {
  readonly seq: number
  readonly id: string
}

/** An application's enabled endpoints at one version, and which of them each kind of message goes to. */
export interface Routes {
  readonly version: number
  readonly targets: readonly Target[]
  readonly byRouting: Map<string, readonly Target[]>
}

/** The row has `seq`, `id`, `event_types` and `channels` of an endpoint. */
export function targetOf(row: Row): Target {
  return {
    seq: row.seq as number,
    id: row.id as string,
    eventTypes: readStrings(row.event_types as string | null),
    channels: readStrings(row.channels as string | null),
  }
}

export function newRoutes(version: number, targets: readonly Target[]): Routes {
  return { version, targets, byRouting: new Map() }
}

export function takersOf(routes: Routes, message: Routing): readonly Target[] {
  const key =
    message.channels === null ? message.eventType : `${message.eventType} ${message.channels.join(' ')}`
  const known = routes.byRouting.get(key)
  if (known !== undefined) return known
  const takers = routes.targets.filter((target) => matches(target, message))
  if (routes.byRouting.size >= maxCachedRoutings) routes.byRouting.clear()
  routes.byRouting.set(key, takers)
  return takers
}

/** Those of the takers that get their delivery with the message, after so many were made in the call. */
export function immediateOf(takers: readonly Target[], made: number): readonly Target[] {
  return takers.slice(0, Math.max(fewDeliveries, maxImmediateDeliveries - made))
}
