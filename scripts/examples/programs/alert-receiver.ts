import { join } from 'node:path'
import { buildOnce } from '../build-once.ts'
import { type Program, runProgram, type Start } from '../program.ts'
import type { Alert } from './alertmanager.ts'

const folder = join(import.meta.dirname, '../../../examples/alerts')

/** Runs `go` on the example. @returns what it printed */
export async function go(args: readonly string[], signal?: AbortSignal): Promise<string> {
  const env = { ...process.env, CGO_ENABLED: '0', GOFLAGS: '-buildvcs=false -mod=readonly' }
  try {
    return await runProgram({ command: ['go', ...args], cwd: folder, env }, { signal })
  } catch (error) {
    throw new Error('the example needs Go 1.25 or newer, and a module proxy that it reaches', {
      cause: error,
    })
  }
}

/** @returns the program */
export async function buildAlertReceiver(signal?: AbortSignal): Promise<string> {
  const home = await buildOnce({
    folder,
    isSource: (path) => !path.endsWith('.md'),
    make: (directory) => go(['build', '-o', join(directory, 'alerts'), '.'], signal),
  })
  return join(home, 'alerts')
}

export interface AlertReceiverOptions {
  readonly program: string
  readonly port: number
  readonly secret: string
  /** Of its files, which outlive it. */
  readonly directory: string
}

/** The receiver, once it listens. */
export async function startAlertReceiver(
  start: Start,
  { program, port, secret, directory }: AlertReceiverOptions,
): Promise<Program> {
  const receiver = start({
    command: [program],
    env: {
      PORT: `${port}`,
      WEBHOOK_SECRET: secret,
      DATA_FILE: join(directory, 'alerts.db'),
      NOTIFICATIONS_FILE: join(directory, 'notifications.log'),
    },
  })
  await receiver.printed(/^listening on/)
  return receiver
}

interface Listed extends Alert {
  readonly fingerprint: string
}

/** What the receiver lists. */
export async function listedAlerts(port: number): Promise<{
  readonly open: readonly Listed[]
  readonly resolved: readonly Listed[]
}> {
  const response = await fetch(`http://127.0.0.1:${port}/alerts`)
  return (await response.json()) as Awaited<ReturnType<typeof listedAlerts>>
}
