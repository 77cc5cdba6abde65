/**
 * Named places where a death of the process is worth proving harmless. A test arms one of them in a process of its
 * own; everywhere else reaching one costs a comparison.
 */
export type CrashPoint =
  | 'in-migration'
  | 'before-commit'
  | 'after-commit'
  | 'after-send'
  | 'before-record'
  | 'after-record'
  | 'in-recovery'

/** Dies, or stops in its tracks until it is woken. */
export type CrashSignal = 'SIGKILL' | 'SIGSTOP'

let armed: { readonly point: CrashPoint; readonly signal: CrashSignal; remaining: number } | null = null

/** @param visits the visit at which the process sends itself the signal: 1 for the first */
export function armCrashPoint(point: CrashPoint, visits: number, signal: CrashSignal = 'SIGKILL'): void {
  armed = { point, signal, remaining: visits }
}

export function reach(point: CrashPoint): void {
  if (armed === null || armed.point !== point) return
  armed.remaining--
  if (armed.remaining === 0) process.kill(process.pid, armed.signal)
}
