import { fork } from 'node:child_process'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { signOrganisationToken } from '#api/tokens.ts'
import { jwtKeysOf } from '#config/jwt-keys.ts'
import type { CrashPoint, CrashSignal } from '#lib/crash-point.ts'
import { organisation, temporaryDirectory } from './start-app.ts'

/** How a process ended: by itself with a code, or by a signal. */
export interface Ending {
  readonly code: number | null
  readonly signal: string | null
}

export const killed: Ending = { code: null, signal: 'SIGKILL' }
export const stopped: Ending = { code: 0, signal: null }

export interface KillableServer {
  readonly pid: number
  /** Resolves with the URL once it listens; null when it died before. */
  readonly url: Promise<string | null>
  readonly ended: Promise<Ending>
  kill(signal: 'SIGKILL' | 'SIGTERM'): Promise<Ending>
  /** Stops it in its tracks, and lets it go on. */
  freeze(): void
  thaw(): void
}

const jwtSecret = 'a secret of tests that kill the server'

/** Of the organisation, at every killable server. */
export function killableToken(): Promise<string> {
  return signOrganisationToken(jwtKeysOf('HS256', jwtSecret), organisation, Date.now())
}

/** A directory that outlives its servers, but not the test. */
export function directoryOfTest(): string {
  const made = temporaryDirectory()
  onTestFinished(() => rmSync(made, { recursive: true, force: true }))
  return made
}

export interface KillableOptions {
  readonly crashAt?: {
    readonly point: CrashPoint
    readonly visits: number
    /** It kills itself where this is left out. */
    readonly signal?: CrashSignal
  }
  readonly env?: Readonly<Record<string, string>>
}

/** Starts the server in a process of its own, on a directory that outlives it. It does not outlive the test. */
export function startKillable(dataDir: string, options: KillableOptions = {}): KillableServer {
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
      ...(crashAt === undefined
        ? {}
        : { CRASH_AT: `${crashAt.point}:${crashAt.visits}:${crashAt.signal ?? 'SIGKILL'}` }),
    },
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const ended = once(child, 'exit').then(([code, signal]): Ending => ({
    code: code as number | null,
    signal: signal as string | null,
  }))
  const listening = once(child, 'message').then(([{ url }]) => (url as string) ?? null)
  return {
    pid: child.pid ?? 0,
    url: Promise.race([listening, ended.then(() => null)]),
    ended,
    freeze: () => void child.kill('SIGSTOP'),
    thaw: () => void child.kill('SIGCONT'),
    async kill(signal) {
      child.kill(signal)
      return await ended
    },
  }
}

/** Where it listens, once it does. Rejects where it died before. */
export async function urlOf(server: KillableServer): Promise<string> {
  const url = await server.url
  if (url === null) throw new Error('the server died')
  return url
}
