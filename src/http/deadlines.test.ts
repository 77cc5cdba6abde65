import { expect, test } from 'vitest'
import { Deadlines } from './deadlines.ts'

/** Rounds of the event loop since it was called, until it is disposed. */
function countRounds(): Disposable & { readonly count: number } {
  let count = 0
  let next = setImmediate(function again() {
    count++
    next = setImmediate(again)
  })
  return {
    get count() {
      return count
    },
    [Symbol.dispose]: () => clearImmediate(next),
  }
}

test('many that end together leave the event loop room between them, and those called off meanwhile do not end', async () => {
  const deadlines = new Deadlines()
  using rounds = countRounds()
  const endedIn: number[] = []
  const lastEnded = Promise.withResolvers<void>()
  let callOff = (): void => {}
  for (let n = 0; n < 20; n++) {
    deadlines.set(1, () => {
      endedIn.push(rounds.count)
      if (n === 0) callOff()
    })
  }
  callOff = deadlines.set(1, () => endedIn.push(Number.NaN))
  deadlines.set(1, () => lastEnded.resolve())
  await lastEnded.promise
  expect(endedIn).toHaveLength(20)
  const together = Map.groupBy(endedIn, (round) => round)
  expect(Math.max(...[...together.values()].map(({ length }) => length))).toBeLessThan(10)
  deadlines.stop()
})
