import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ownDirectory, removeDirectory } from './support/belongings.ts'
import { count, micros, percent, printTable, sum } from './support/figures.ts'
import { startReceiver } from './support/receiver.ts'
import { createLane, fullSpeed } from './support/round.ts'
import { startServer } from './support/server.ts'

interface Frame {
  readonly functionName: string
  readonly url: string
}

interface CpuProfile {
  readonly nodes: readonly { readonly id: number; readonly callFrame: Frame }[]
  readonly samples: readonly number[]
  /** In microseconds. */
  readonly timeDeltas: readonly number[]
}

const shownParts = 16
const shownFunctions = 12
/** Threads that do less than this a message are not worth a table. */
const leastMicros = 10

/** What the server's threads spend their time on while they publish, deliver and record at full speed. */
export async function profile(seconds: number): Promise<void> {
  const directory = ownDirectory('profile')
  await using receiver = await startReceiver()
  await using server = await startServer({ nodeArguments: ['--cpu-prof', `--cpu-prof-dir=${directory}`] })
  const round = await fullSpeed(await createLane(server, receiver, 'profiled'), receiver, seconds)
  const metrics = await server.metrics()
  await server.stop()
  const mean = (name: string): number =>
    (metrics.get(`${name}_sum`) ?? 0) / (metrics.get(`${name}_count`) ?? 0)
  printTable(
    'What a round under the profiler was made of',
    [
      'messages a second',
      'CPU a message',
      'messages a publish batch',
      'outcomes a batch',
      'mean commit, waiting for its turn included',
    ],
    [
      [
        count(round.perSecond),
        micros(round.serverCpuMicros),
        mean('posthorn_publish_batch_size').toFixed(1),
        mean('posthorn_outcome_batch_size').toFixed(1),
        `${(mean('posthorn_commit_duration_seconds') * 1000).toFixed(2)} ms`,
      ],
    ],
  )
  for (const file of readdirSync(directory).toSorted()) {
    show(JSON.parse(readFileSync(join(directory, file), 'utf8')) as CpuProfile, round.messages)
  }
  removeDirectory(directory)
}

function show(profiled: CpuProfile, messages: number): void {
  const frames = new Map(profiled.nodes.map(({ id, callFrame }) => [id, callFrame]))
  const rooms = new Map<string, number>()
  const functions = new Map<string, number>()
  for (const [index, id] of profiled.samples.entries()) {
    const frame = frames.get(id)
    if (frame === undefined) continue
    const delta = profiled.timeDeltas[index] ?? 0
    add(rooms, roomOf(frame), delta)
    add(functions, `${frame.functionName || '(anonymous)'} ${placeOf(frame)}`.trim(), delta)
  }
  const idle = rooms.get('idle') ?? 0
  const total = sum(rooms.values())
  if ((total - idle) / messages < leastMicros) return
  rooms.delete('idle')
  for (const name of functions.keys()) if (name.startsWith('(idle)')) functions.delete(name)
  const name = threadOf(profiled)
  const rows = (times: ReadonlyMap<string, number>, max: number): string[][] =>
    [...times]
      .toSorted(([, a], [, b]) => b - a)
      .slice(0, max)
      .map(([what, time]) => [what, micros(time / messages), percent(time / (total - idle))])
  const head = ['a message', 'share']
  printTable(
    `${name}: by part (idle ${percent(idle / total)} of the time)`,
    ['part', ...head],
    rows(rooms, shownParts),
  )
  printTable(
    `${name}: the costliest functions by themselves`,
    ['function', ...head],
    rows(functions, shownFunctions),
  )
}

function add(times: Map<string, number>, key: string, time: number): void {
  times.set(key, (times.get(key) ?? 0) + time)
}

function threadOf({ nodes }: CpuProfile): string {
  for (const { callFrame } of nodes) {
    const [, name] = /\/src\/.*\/([\w-]+)-thread\.ts$/.exec(callFrame.url) ?? []
    if (name !== undefined) return `Thread of the ${name}`
  }
  return 'Main thread'
}

const native: Readonly<Record<string, string>> = {
  '(idle)': 'idle',
  '(program)': 'native: system calls, SQLite, socket input and output',
  '(garbage collector)': 'garbage collection',
  '(root)': 'native: system calls, SQLite, socket input and output',
}

/** The part of the program that a frame belongs to: a folder of ours, a package, a module of Node. */
function roomOf({ functionName, url }: Frame): string {
  if (url === '') return native[functionName] ?? `native: ${functionName}`
  const ours = /\/src\/(storage\/sqlite|\w+)\//.exec(url)?.[1]
  const packaged = /node_modules\/((?:@[\w.-]+\/)?[\w.-]+)/.exec(url)?.[1]
  if (packaged !== undefined) return `package ${packaged}`
  if (ours !== undefined) return `src/${ours}`
  if (/^(wasm:|node:(internal\/)?(modules|deps\/amaro|bootstrap|main)\b)/.test(url))
    return 'loading of code at the start'
  const ofNode = /^node:(?:internal\/)?(?:deps\/)?([\w-]+)/.exec(url)?.[1]
  return ofNode === undefined ? url : `node ${ofNode}`
}

function placeOf({ url }: Frame): string {
  return url.replace(/^file:\/\/.*\/(?=(src|node_modules)\/)/, '')
}
