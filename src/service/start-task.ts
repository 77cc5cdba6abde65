import type { BackgroundTask, TaskInput } from '#core/background-task.ts'
import { invalid } from '#core/errors.ts'
import { newId } from '#core/ids.ts'

const dayMs = 86_400_000
/** Clocks differ. */
const slackMs = 300_000

/** A task that is about to begin. */
export function newTask(
  orgId: string,
  appId: string | null,
  input: TaskInput,
  now: number,
): Omit<BackgroundTask, 'seq'> {
  return {
    orgId,
    appId,
    id: newId('qtask_', now),
    input,
    status: 'running',
    data: {},
    cursor: 0,
    createdAt: now,
    updatedAt: now,
  }
}

/** The period of a replay. Throws `Rejected` where it is upside down or begins too long ago. */
export function replayPeriod(
  given: { readonly since: string; readonly until?: string | null | undefined },
  maxDays: number,
  now: number,
): { readonly since: number; readonly until: number } {
  const since = Date.parse(given.since)
  const until = given.until == null ? now : Date.parse(given.until)
  if (since < now - maxDays * dayMs - slackMs)
    throw invalid(['body', 'since'], `must lie at most ${maxDays} days back`)
  if (until < since) throw invalid(['body', 'until'], 'must not lie before since')
  return { since, until }
}
