import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { type DeliveryEvent, type DeliveryState, nextState, transitions } from './delivery-state.ts'

const diagram = readFileSync(new URL('../../docs/state-machine.md', import.meta.url), 'utf8')

/** Lines of the diagram such as `sending --> pending: fail`. */
function drawn(): string[] {
  return [...diagram.matchAll(/^\s*(\w+) --> (\w+): ([\w-]+)$/gm)].map(
    ([, from, to, event]) => `${from} ${event} ${to}`,
  )
}

function coded(): string[] {
  return Object.entries(transitions).flatMap(([from, events]) =>
    Object.entries(events).map(([event, to]) => `${from} ${event} ${to}`),
  )
}

describe('the states of a delivery', () => {
  test('are drawn in the docs as they are coded', () => {
    expect(drawn().sort()).toEqual(coded().sort())
    expect(coded().length).toBeGreaterThan(8)
  })

  test.each(['delivered', 'exhausted', 'canceled'] as const)('%s is an end', (state) => {
    expect(() => nextState(state, 'lease')).toThrow(`a ${state} delivery cannot lease`)
  })

  test('every way through the table ends', () => {
    const ends = new Set<DeliveryState>()
    const walk = (state: DeliveryState, seen: ReadonlySet<DeliveryState>): void => {
      const events = Object.keys(transitions[state]) as DeliveryEvent[]
      if (events.length === 0) ends.add(state)
      for (const event of events) {
        const next = nextState(state, event)
        if (!seen.has(next)) walk(next, new Set([...seen, next]))
      }
    }
    walk('pending', new Set(['pending']))
    expect([...ends].sort()).toEqual(['canceled', 'delivered', 'exhausted'])
  })
})
