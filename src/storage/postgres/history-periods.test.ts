import { describe, expect, test } from 'vitest'
import { type History, historyTables, nextStep, periodSize } from './history-periods.ts'

const dayMs = 24 * 3_600_000

function aHistory(over: Partial<History> = {}): History {
  return {
    periods: [{ number: 0, beganAt: 0, isLeaving: false }],
    partitions: [0, 1].flatMap((number) =>
      historyTables.map((table) => ({ table, number, state: 'attached' as const })),
    ),
    lastSeq: 0,
    ...over,
  }
}

/** How many partitions each table has after so many days, when a look is taken every hour. */
function partitionsAfter(days: number, retentionDays: number): number {
  let history: { -readonly [Key in keyof History]: History[Key] } = { ...aHistory() }
  for (let at = 0; at < days * dayMs; at += dayMs / 24) {
    for (;;) {
      const step = nextStep(history, at, retentionDays * dayMs, null)
      if (step === null) break
      if (step.kind === 'prepare') {
        const made = historyTables.map((table) => ({
          table,
          number: step.number,
          state: 'attached' as const,
        }))
        history = { ...history, partitions: [...history.partitions, ...made] }
      } else if (step.kind === 'begin') {
        const begun = { number: step.number, beganAt: at, isLeaving: false }
        history = { ...history, periods: [...history.periods, begun] }
      } else if (step.kind === 'mark') {
        history = {
          ...history,
          periods: history.periods.filter(({ number }) => number !== step.number),
          partitions: history.partitions.filter(({ number }) => number !== step.number),
        }
      } else throw new Error(step.kind)
    }
  }
  return history.partitions.length / historyTables.length
}

describe('periods', () => {
  test.each([
    [1, 3],
    [7, 9],
    [30, 17],
    [90, 17],
    [3_650, 17],
  ])('of a retention of %i days are some %i with the next one', (retentionDays, most) => {
    const partitions = partitionsAfter(retentionDays * 2 + 10, retentionDays)
    expect(partitions).toBeGreaterThan(most - 2)
    expect(partitions).toBeLessThanOrEqual(most + 1)
  })

  test('end early when their numbers run out', () => {
    const history = aHistory({ lastSeq: periodSize / 2 })
    expect(nextStep(history, 0, 90 * dayMs, null)).toEqual({ kind: 'begin', number: 1 })
    expect(nextStep(aHistory({ lastSeq: periodSize / 2 - 1 }), 0, 90 * dayMs, null)).toBeNull()
  })

  test('have their partitions before they begin', () => {
    const partitions = [{ table: 'message', number: 0, state: 'attached' } as const]
    const apart = { table: 'message', number: 1, state: 'apart' } as const
    const attached = { table: 'attempt', number: 1, state: 'attached' } as const
    const history = aHistory({ partitions: [...partitions, apart, attached] })
    expect(nextStep(history, 90 * dayMs, 90 * dayMs, null)).toEqual({ kind: 'prepare', number: 1 })
  })
})
