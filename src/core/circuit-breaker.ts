/**
 * Holds an endpoint that only fails to one probe at a time, with growing pauses, so that a dead endpoint costs
 * next to nothing. Each probe is an ordinary attempt of some delivery.
 */
export interface Circuit {
  readonly consecutiveFailures: number
  /** No attempt before this instant; 0 while closed. */
  readonly openUntil: number
}

export const closedCircuit: Circuit = { consecutiveFailures: 0, openUntil: 0 }

const failuresToOpen = 20
const firstPauseMs = 1_000
const maxPauseMs = 60_000

export function afterSuccess(): Circuit {
  return closedCircuit
}

export function afterFailure(circuit: Circuit, now: number): Circuit {
  const consecutiveFailures = circuit.consecutiveFailures + 1
  if (consecutiveFailures < failuresToOpen) return { consecutiveFailures, openUntil: 0 }
  // Attempts that were under way when it opened must not lengthen the pause.
  if (circuit.openUntil > now)
    return { consecutiveFailures: circuit.consecutiveFailures, openUntil: circuit.openUntil }
  const doublings = Math.min(consecutiveFailures - failuresToOpen, 16)
  return { consecutiveFailures, openUntil: now + Math.min(maxPauseMs, firstPauseMs * 2 ** doublings) }
}

/** Open or half open: at most one attempt at a time. */
export function isTripped(circuit: Circuit): boolean {
  return circuit.openUntil > 0
}
