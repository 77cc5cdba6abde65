import { join } from 'node:path'
import type { Command, Program, Start } from '../program.ts'

export const builderFolder = join(import.meta.dirname, '../../../examples/automated-tasks')

/** One of the example's programs. Node.js runs them as they are: there is nothing to build. */
export function builderCommand(
  name: 'request.ts' | 'server.ts' | 'subscribe.ts',
  args: readonly string[] = [],
  more: Omit<Command, 'command'> = {},
): Command {
  return { command: [process.execPath, join(builderFolder, name), ...args], ...more }
}

export interface BuilderOptions {
  readonly port: number
  readonly secret: string
  /** It outlives the server. */
  readonly dataDir: string
  /** Of settings that are not the example's own. */
  readonly env?: Readonly<Record<string, string>>
}

/** The server, once it listens. */
export async function startBuilder(
  start: Start,
  { port, secret, dataDir, env = {} }: BuilderOptions,
): Promise<Program> {
  const own = { PORT: `${port}`, WEBHOOK_SECRET: secret, DATA_DIR: dataDir }
  const builder = start(builderCommand('server.ts', [], { env: { ...own, ...env } }))
  await builder.printed(/^listening on/)
  return builder
}

/** @returns the id of each revision's message, from what `request.ts` printed */
export function requestedIds(printed: string): ReadonlyMap<string, string> {
  return new Map(
    printed
      .trimEnd()
      .split('\n')
      .map((line) => {
        const [, id = '', revision = ''] = line.split('  ')
        return [revision, id]
      }),
  )
}
