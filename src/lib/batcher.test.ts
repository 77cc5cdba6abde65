import { expect, test } from 'vitest'
import { Batcher } from './batcher.ts'

test('what is added in one breath shares a flush, and what comes meanwhile the next', async () => {
  const batches: number[][] = []
  const gate = Promise.withResolvers<void>()
  const batcher = new Batcher<number, number>(
    async (items) => {
      batches.push([...items])
      if (batches.length === 1) await gate.promise
      return items.map((item) => item * 2)
    },
    { maxItems: 100, isSystemic: () => false },
  )
  const first = [1, 2].map((item) => batcher.add(item))
  await Promise.resolve()
  expect(batches).toEqual([[1, 2]])
  const meanwhile = [3, 4, 5].map((item) => batcher.add(item))
  gate.resolve()
  expect(await Promise.all([...first, ...meanwhile])).toEqual([2, 4, 6, 8, 10])
  expect(batches).toEqual([
    [1, 2],
    [3, 4, 5],
  ])
})

test('one bad item fails alone', async () => {
  const gate = Promise.withResolvers<void>()
  let flushes = 0
  const batcher = new Batcher<number, number>(
    async (items) => {
      if (flushes++ === 0) await gate.promise
      if (items.includes(13)) throw new Error('bad')
      return [...items]
    },
    { maxItems: 100, isSystemic: () => false },
  )
  const all = [0, 1, 2, 13, 4, 5].map((item) => batcher.add(item))
  gate.resolve()
  const settled = await Promise.allSettled(all)
  expect(settled.map(({ status }) => status)).toEqual([
    'fulfilled',
    'fulfilled',
    'fulfilled',
    'rejected',
    'fulfilled',
    'fulfilled',
  ])
})

test('a systemic failure is not tried again in halves', async () => {
  let flushes = 0
  const batcher = new Batcher<number, number>(
    () => {
      flushes++
      return Promise.reject(new Error('disk full'))
    },
    { maxItems: 100, isSystemic: () => true },
  )
  const settled = await Promise.allSettled([batcher.add(1), batcher.add(2), batcher.add(3)])
  expect(settled.every(({ status }) => status === 'rejected')).toBe(true)
  expect(flushes).toBe(1)
})

test('no batch is larger than allowed', async () => {
  const sizes: number[] = []
  const batcher = new Batcher<number, number>(
    (items) => {
      sizes.push(items.length)
      return Promise.resolve([...items])
    },
    { maxItems: 3, isSystemic: () => false },
  )
  await Promise.all(Array.from({ length: 10 }, (_, item) => batcher.add(item)))
  expect(Math.max(...sizes)).toBe(3)
})
