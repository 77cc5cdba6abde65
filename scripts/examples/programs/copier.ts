import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { buildOnce } from '../build-once.ts'
import { type Command, type Program, runProgram, type Start } from '../program.ts'

export const copierFolder = join(import.meta.dirname, '../../../examples/data-synchronisation')

/** @returns where Maven left what it made */
export async function buildCopier(signal?: AbortSignal): Promise<string> {
  const home = await buildOnce({
    folder: copierFolder,
    isSource: (path) => path === 'pom.xml' || path.endsWith('.java'),
    async make(directory, sources) {
      // Maven builds beside its sources.
      for (const path of sources) cpSync(join(copierFolder, path), join(directory, path))
      const command = ['mvn', '-q', '-B', 'package'] as const
      try {
        await runProgram({ command, cwd: directory, env: process.env }, { signal })
      } catch (error) {
        throw new Error(
          'the example needs mvn with a JDK (17 or newer), and a repository that Maven reaches',
          { cause: error },
        )
      }
    },
  })
  return join(home, 'target')
}

/** Java that starts quickly, and is not meant to run for long. */
export function javaCommand(args: readonly string[], more: Omit<Command, 'command'>): Command {
  const quickStart = ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-Xshare:auto']
  return { command: ['java', ...quickStart, ...args], ...more }
}

function jdbcUrl(url: string): string {
  const { host, pathname, username, password } = new URL(url)
  return `jdbc:postgresql://${host}${pathname}?user=${username}&password=${password}`
}

export interface Copier {
  readonly process: Program
  /** Where it takes webhooks. */
  readonly url: string
}

export interface CopierOptions {
  /** Where Maven left what it made. */
  readonly target: string
  /** Of the copy. */
  readonly databaseUrl: string
  readonly secret: string
  /** Any by default. */
  readonly port?: number
}

/** The receiver, once it listens. */
export async function startCopier(
  start: Start,
  { target, databaseUrl, secret, port = 0 }: CopierOptions,
): Promise<Copier> {
  const process = start(
    javaCommand(['-jar', join(target, 'data-synchronisation.jar')], {
      env: { WEBHOOK_SECRET: secret, COPY_DATABASE: jdbcUrl(databaseUrl), PORT: `${port}` },
    }),
  )
  const [line = ''] = await process.printed(/^listening on /)
  return { process, url: `${line.slice('listening on '.length)}/webhooks/data` }
}
