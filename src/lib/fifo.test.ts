import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Fifo } from './fifo.ts'

test('behaves like an array that is pushed and shifted', () => {
  const command = fc.oneof(
    fc.nat().map((item) => ({ kind: 'push' as const, item })),
    fc.constant({ kind: 'shift' as const }),
    fc.integer({ min: 2, max: 5 }).map((divisor) => ({ kind: 'takeOut' as const, divisor })),
  )
  fc.assert(
    fc.property(fc.array(command, { maxLength: 3000 }), (commands) => {
      const fifo = new Fifo<number>()
      let model: number[] = []
      for (const each of commands) {
        if (each.kind === 'push') {
          fifo.push(each.item)
          model.push(each.item)
        } else if (each.kind === 'shift') expect(fifo.shift()).toBe(model.shift())
        else {
          const isChosen = (item: number): boolean => item % each.divisor === 0
          expect(fifo.takeOut(isChosen)).toEqual(model.filter(isChosen))
          model = model.filter((item) => !isChosen(item))
        }
        expect(fifo.length).toBe(model.length)
      }
      expect([...fifo]).toEqual(model)
    }),
    { numRuns: 50 },
  )
})
