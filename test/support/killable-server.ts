import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { CrashPoint } from '#lib/crash-point.ts'

export interface KillableServer {
  readonly pid: number
  /** Resolves with the URL once it listens; null when it died before. */
  readonly url: Promise<string | null>
  /** Resolves when the process has ended. */
  readonly ended: Promise<void>
  kill(signal: 'SIGKILL' | 'SIGTERM'): Promise<void>
}

export const jwtSecret = 'a secret of tests that kill the server'

/** Starts the server in a process of its own, on a directory that outlives it. */
export function startKillable(
  dataDir: string,
  options: {
    readonly crashAt?: { readonly point: CrashPoint; readonly visits: number }
    readonly env?: Readonly<Record<string, string>>
  } = {},
): KillableServer {
  const { crashAt } = options
  const child = fork(join(import.meta.dirname, 'server-process.ts'), {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    env: {
      PATH: process.env.PATH,
      POSTHORN_LISTEN: '127.0.0.1:0',
      POSTHORN_DATA_DIR: dataDir,
      POSTHORN_ALLOW_SUBNETS: '127.0.0.0/8',
      POSTHORN_LOG_LEVEL: 'silent',
      POSTHORN_DISK_RESERVE_BYTES: '0',
      POSTHORN_JWT_SECRET: jwtSecret,
      POSTHORN_RETRY_SCHEDULE: '0.1,0.1,0.2,0.5,1,1,1,1',
      ...options.env,
      ...(crashAt === undefined ? {} : { CRASH_AT: `${crashAt.point}:${crashAt.visits}` }),
    },
  })
  const ended = once(child, 'exit').then(() => undefined)
  const listening = once(child, 'message').then(([{ url }]) => (url as string) ?? null)
  return {
    pid: child.pid ?? 0,
    url: Promise.race([listening, ended.then(() => null)]),
    ended,
    async kill(signal) {
      child.kill(signal)
      await ended
    },
  }
}
