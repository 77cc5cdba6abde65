import { expect, test } from 'vitest'
import { afterFailure, afterSuccess, type Circuit, closedCircuit, isTripped } from './circuit-breaker.ts'

const now = 1_800_000_000_000

function failing(times: number, at = now): Circuit {
  let circuit = closedCircuit
  for (let time = 0; time < times; time++) circuit = afterFailure(circuit, at)
  return circuit
}

test('stays closed for nineteen failures in a row and opens at the twentieth', () => {
  expect(isTripped(failing(19))).toBe(false)
  expect(failing(20)).toEqual({ consecutiveFailures: 20, openUntil: now + 1_000 })
})

test('one success closes it', () => {
  expect(isTripped(afterSuccess())).toBe(false)
})

test('failures of attempts that were under way when it opened do not lengthen the pause', () => {
  expect(failing(40)).toEqual(failing(20))
})

test('each failed probe doubles the pause, up to a minute', () => {
  let circuit = failing(20)
  const pauses: number[] = []
  for (let probe = 0; probe < 10; probe++) {
    const at = circuit.openUntil
    circuit = afterFailure(circuit, at)
    pauses.push(circuit.openUntil - at)
  }
  expect(pauses).toEqual([2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000, 60_000, 60_000])
})
