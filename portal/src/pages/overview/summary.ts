import type { Schemas } from '../../api/client.ts'

type Step = Schemas['TrafficStep']

export interface Summary {
  readonly messages: number
  readonly deliveries: number
  readonly delivered: number
  readonly exhausted: number
  /** Of all attempts, those that failed, 0 to 1; null where there was none. */
  readonly failing: number | null
  /** The newest that is known. */
  readonly latency: Step['latencyMs']
  /** Counted last; null where it was not. */
  readonly pending: number | null
}

/** A period in a few figures. */
export function summaryOf(steps: readonly Step[]): Summary {
  const sum = (pick: (step: Step) => number): number => steps.reduce((total, step) => total + pick(step), 0)
  const delivered = sum((step) => step.delivered)
  const exhausted = sum((step) => step.exhausted)
  const failed = exhausted + sum((step) => step.retried)
  return {
    messages: sum((step) => step.messages),
    deliveries: sum((step) => step.deliveries),
    delivered,
    exhausted,
    failing: delivered + failed === 0 ? null : failed / (delivered + failed),
    latency: steps.findLast(({ latencyMs }) => latencyMs !== null)?.latencyMs ?? null,
    pending: steps.findLast(({ pending }) => pending !== null)?.pending ?? null,
  }
}
