import { once } from 'node:events'
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { startPostgres } from '#test/support/postgres-server.ts'
import { startPosthorn } from './examples/posthorn.ts'
import type { Scenario } from './examples/scenario.ts'
import { alerts } from './examples/scenarios/alerts.ts'
import { automatedTasks } from './examples/scenarios/automated-tasks.ts'
import { dataSynchronisation } from './examples/scenarios/data-synchronisation.ts'
import { realtimeMessages } from './examples/scenarios/realtime-messages.ts'
import { Stage } from './examples/stage.ts'

/**
 * Runs the examples against a server, with real traffic, and shows what it brings about. The server is on a PostgreSQL of
 * its own, since one of the examples announces the changes of a table in it.
 */

const all: readonly Scenario[] = [realtimeMessages, dataSynchronisation, automatedTasks, alerts]
const actWithinMs = 60_000
/** A signal that came is heard within that. */
const hearingMs = 20
const usage = `usage: npm run examples -- [--stay] [${all.map(({ name }) => name).join('|')}]…`

/** Ends the process with this code, once everything is stopped. */
class Refused extends Error {
  readonly code: number

  constructor(code: number, lines: readonly string[]) {
    super(lines.join('\n'))
    this.code = code
  }
}

interface Show {
  readonly look: readonly string[]
  readonly stages: readonly Stage[]
}

const print = (line = ''): void => console.log(line)
const tell = (what: string, text: string): void => print(`  ${what.padEnd(12)}  ${text}`)

function read(args: readonly string[]): {
  readonly chosen: readonly Scenario[]
  readonly isStaying: boolean
} {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: { stay: { type: 'boolean', default: false } },
      allowPositionals: true,
    })
    const unknown = positionals.filter((each) => !all.some(({ name }) => name === each))
    if (unknown.length > 0) throw new Error(`there is no example ${unknown.join(', ')}`)
    const isChosen = ({ name }: Scenario) => positionals.length === 0 || positionals.includes(name)
    return { chosen: all.filter(isChosen), isStaying: values.stay }
  } catch (error) {
    throw new Refused(2, [(error as Error).message, usage])
  }
}

async function checkTools(chosen: readonly Scenario[]): Promise<void> {
  const tools = [...new Set(chosen.flatMap(({ needs }) => needs))]
  const found = await Promise.all(tools.map((tool) => tool.isThere()))
  const missing = tools.filter((_, index) => found[index] === false)
  if (missing.length === 0) return
  throw new Refused(
    1,
    missing.map(({ name, packages }) => `missing: ${name} (Debian: ${packages})`),
  )
}

function messagesOf(error: unknown): readonly string[] {
  if (!(error instanceof Error)) return [String(error)]
  return [error.message, ...(error.cause === undefined ? [] : messagesOf(error.cause))]
}

/** Does something that is bounded, and says what failed with the last that the programs there printed. */
async function act<T>(what: string, stage: Stage, doing: () => Promise<T>): Promise<T> {
  try {
    return await stage.within(actWithinMs, doing)
  } catch (error) {
    if (error instanceof Refused) throw error
    throw new Refused(1, [`${what} failed: ${messagesOf(error).join('\n')}`, ...stage.lastLines()])
  }
}

/** Everything that was built runs until `owned` ends. @returns what there is to look at */
async function playAll(
  built: ReadonlyMap<Scenario, string>,
  owned: AsyncDisposableStack,
  interrupted: AbortSignal,
): Promise<Show> {
  const directory = mkdtempSync(join(tmpdir(), 'posthorn-examples-'))
  owned.defer(() => rmSync(directory, { recursive: true, force: true }))
  // PostgreSQL runs as somebody else where this runs as root.
  chmodSync(directory, 0o711)
  const postgres = owned.use(await startPostgres({ fsync: false, parent: directory }))
  const ground = owned.use(new Stage({ directory, signal: interrupted }))
  const posthorn = await act('Posthorn', ground, () => startPosthorn(ground, postgres.url))
  print(`Posthorn listens on ${posthorn.url}, on a PostgreSQL of its own.`)

  const look = [`Posthorn’s API: ${posthorn.url}/docs, with the token ${posthorn.token}`]
  const stages = [ground]
  for (const [scenario, path] of built) {
    print()
    print(`${scenario.name}: ${scenario.title}`)
    const folder = join(directory, scenario.name)
    mkdirSync(folder, 0o700)
    const stage = owned.use(new Stage({ directory: folder, signal: ground.signal }))
    stages.push(stage)
    look.push(
      ...(await act(scenario.name, stage, () => scenario.play({ stage, posthorn, built: path, tell }))),
    )
  }
  return { look, stages }
}

/** Leaves all running until it is interrupted. Fails where a program ends before. */
async function stay({ look, stages }: Show, interrupted: AbortSignal): Promise<void> {
  print('All of it goes on until Ctrl-C:')
  for (const line of look) print(`  ${line}`)
  const ended = AbortSignal.any(stages.map(({ signal }) => signal))
  if (!ended.aborted) await once(ended, 'abort')
  if (interrupted.aborted) return
  throw ended.reason
}

async function run(args: readonly string[], interrupted: AbortSignal): Promise<void> {
  const { chosen, isStaying } = read(args)
  await checkTools(chosen)
  const built = new Map<Scenario, string>()
  for (const scenario of chosen) {
    if (scenario.needs.length > 0) print(`Building ${scenario.name}, which takes a while the first time.`)
    built.set(scenario, await scenario.build(interrupted))
    interrupted.throwIfAborted()
  }
  print()
  await using owned = new AsyncDisposableStack()
  const show = await playAll(built, owned, interrupted)
  print()
  if (isStaying) await stay(show, interrupted)
  print('Stopping everything.')
}

const interruption = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  // npm passes on what the terminal sent to all: it comes twice.
  process.on(signal, () => interruption.abort(new Refused(130, ['interrupted'])))
}
// Nor does what fails where nobody waits for it leave anything running.
process.on('uncaughtException', (error) => interruption.abort(error))
try {
  await run(process.argv.slice(2), interruption.signal)
} catch (error) {
  // Whatever fails after an interruption fails by it. initdb, which holds the event loop up, gets a Ctrl-C itself and
  // fails before ours is heard.
  await sleep(hearingMs)
  const reason: unknown = interruption.signal.aborted ? interruption.signal.reason : error
  console.error(messagesOf(reason).join('\n'))
  process.exitCode = reason instanceof Refused ? reason.code : 1
}
