import { DatabaseSync } from 'node:sqlite'

/**
 * What is to be built, in one SQLite table. A task is `received`, then `running`, then `done` or `failed`. Whoever runs
 * it holds a lease and renews it; a lease that ran out shows that the run was cut off, and the task is run again.
 */
export interface Task {
  /** The message's `webhook-id`. */
  readonly id: string
  readonly revision: string
  /** How often it was begun, this time included. A run that was given up for dead can end nothing any more. */
  readonly run: number
}

/** So long a process waits for another one's commit. */
const busyMs = 5_000
/** One that was cut off so often is not begun again. */
const maxRuns = 5

export class Tasks implements Disposable {
  readonly #database: DatabaseSync
  readonly #leaseMs: number

  constructor(path: string, leaseMs: number) {
    this.#leaseMs = leaseMs
    this.#database = new DatabaseSync(path, { timeout: busyMs })
    // As SQLite comes, a commit is on disk when it returns.
    this.#database.exec(`
      create table if not exists task (
        position integer primary key,
        id text not null unique,
        revision text not null,
        state text not null check (state in ('received', 'running', 'done', 'failed')),
        run integer not null default 0,
        lease_until integer,
        problem text
      ) strict
    `)
  }

  /** Stores a task; it is on disk when this returns. @returns false where it is known already, whatever its state */
  receive(id: string, revision: string): boolean {
    const insert = this.#database.prepare(
      `insert into task (id, revision, state) values (?, ?, 'received') on conflict (id) do nothing`,
    )
    return insert.run(id, revision).changes === 1
  }

  /** Ends tasks whose every run was cut off. @returns their ids */
  giveUp(now: number): readonly string[] {
    const ended = this.#database
      .prepare(
        `update task set state = 'failed', lease_until = null, problem = 'every run was cut off'
          where state = 'running' and lease_until <= ? and run >= ?
          returning id`,
      )
      .all(now, maxRuns)
    return ended.map(({ id }) => id as string)
  }

  /** Begins the oldest task that nobody runs. One statement: two processes on one file never begin the same run. */
  begin(now: number): Task | null {
    const begun = this.#database
      .prepare(
        `update task set state = 'running', run = run + 1, lease_until = ?
          where position = (
            select position from task
              where state = 'received' or (state = 'running' and lease_until <= ?)
              order by position limit 1
          )
          returning id, revision, run`,
      )
      .get(now + this.#leaseMs, now)
    return (begun as Task | undefined) ?? null
  }

  renew({ id, run }: Task, now: number): void {
    this.#database
      .prepare(`update task set lease_until = ? where id = ? and run = ? and state = 'running'`)
      .run(now + this.#leaseMs, id, run)
  }

  /** @returns false where the task was taken over meanwhile: then that run's end counts */
  end({ id, run }: Task, problem: string | null): boolean {
    return (
      this.#database
        .prepare(
          `update task set state = ?, lease_until = null, problem = ?
            where id = ? and run = ? and state = 'running'`,
        )
        .run(problem === null ? 'done' : 'failed', problem, id, run).changes === 1
    )
  }

  [Symbol.dispose](): void {
    this.#database.close()
  }
}
