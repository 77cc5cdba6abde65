import type { Outcome } from '#storage/storage.ts'
import { beforeEach, expect, test } from 'vitest'
import { Completer } from './completer.ts'

let batches: number[]
let written: Outcome[]
let completer: Completer

beforeEach(() => {
  batches = []
  written = []
  completer = new Completer(
    {
      recordOutcomes(outcomes) {
        written.push(...outcomes)
        return Promise.resolve()
      },
      gathering: null,
    },
    { availability() {}, batch: (size) => batches.push(size) },
  )
})

const outcome = {} as Outcome

test('patient outcomes share the transaction of the next one that is not', async () => {
  const inOrder = [{ ...outcome }, { ...outcome }, { ...outcome }] as const
  await Promise.all([
    completer.recordPatiently(inOrder[0]),
    completer.recordPatiently(inOrder[1]),
    completer.record(inOrder[2]),
  ])
  expect(batches).toEqual([3])
  // What a later answer says of the endpoint must not be overwritten by an earlier one.
  for (const [at, each] of inOrder.entries()) expect(written[at]).toBe(each)
})

test('patient outcomes share one of their own where nobody else comes', async () => {
  await Promise.all([completer.recordPatiently(outcome), completer.recordPatiently(outcome)])
  expect(batches).toEqual([2])
})

test('many patient outcomes do not wait for their time', async () => {
  let isLate = false
  const timer = setImmediate(() => (isLate = true))
  await Promise.all(Array.from({ length: 32 }, () => completer.recordPatiently(outcome)))
  clearImmediate(timer)
  expect({ batches, isLate }).toEqual({ batches: [32], isLate: false })
})
