/** Attempts by result within an hour, as the API counts them. */
export interface AttemptHour {
  readonly at: string
  readonly success: number
  readonly failure: number
  readonly canceled: number
}

export interface AttemptSteps {
  /** Milliseconds since 1970, ascending. */
  readonly instants: readonly number[]
  readonly success: readonly number[]
  readonly failure: readonly number[]
  readonly canceled: readonly number[]
}

/** Hours in steps that begin at whole parts of the viewer's day: 24 is a day. */
export function inSteps(hours: readonly AttemptHour[], hoursPerStep: number): AttemptSteps {
  const steps = new Map<number, { success: number; failure: number; canceled: number }>()
  for (const { at, success, failure, canceled } of hours) {
    const begin = new Date(at)
    begin.setHours(Math.floor(begin.getHours() / hoursPerStep) * hoursPerStep, 0, 0, 0)
    const step = steps.get(begin.getTime()) ?? { success: 0, failure: 0, canceled: 0 }
    step.success += success
    step.failure += failure
    step.canceled += canceled
    steps.set(begin.getTime(), step)
  }
  const counts = [...steps.values()]
  return {
    instants: [...steps.keys()],
    success: counts.map(({ success }) => success),
    failure: counts.map(({ failure }) => failure),
    canceled: counts.map(({ canceled }) => canceled),
  }
}

export function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
