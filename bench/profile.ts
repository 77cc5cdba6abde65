import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { printTable, share } from './support/figures.ts'
import { createApplication, createEndpoint, startReceiver, startServer } from './support/processes.ts'
import { roundOf } from './speed.ts'

/** What the server's threads spend their time on while they publish, deliver and record at full speed. */

interface Node {
  readonly id: number
  readonly callFrame: { readonly functionName: string; readonly url: string }
  readonly children?: readonly number[]
}

interface Profile {
  readonly nodes: readonly Node[]
  readonly samples: readonly number[]
  readonly timeDeltas: readonly number[]
}

const rooms: readonly (readonly [pattern: RegExp, room: string])[] = [
  [/src\/(\w+)\//, ''],
  [/node_modules\/(@?[\w-]+)/, ''],
  [/^node:internal\/(deps\/undici|http|_http|crypto|worker|streams|url|buffer|process|timers|net|stream_base)/, 'node '],
  [/^node:(\w+)/, 'node '],
]

function roomOf({ functionName, url }: Node['callFrame']): string {
  if (functionName.startsWith('(')) return functionName
  if (url === '') return `native ${functionName}`
  for (const [pattern, prefix] of rooms) {
    const found = pattern.exec(url)
    if (found !== null) return `${prefix}${found[1] ?? ''}`
  }
  return url
}

function timesOf(profile: Profile): Map<string, number> {
  const byId = new Map(profile.nodes.map((node) => [node.id, node]))
  const times = new Map<string, number>()
  for (const [index, id] of profile.samples.entries()) {
    const frame = byId.get(id)?.callFrame
    if (frame === undefined) continue
    const room = roomOf(frame)
    times.set(room, (times.get(room) ?? 0) + (profile.timeDeltas[index] ?? 0))
  }
  return times
}

export async function profile(seconds: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'posthorn-profile-'))
  await using receiver = await startReceiver()
  {
    await using server = await startServer({ nodeArguments: ['--cpu-prof', `--cpu-prof-dir=${folder}`] })
    const appId = await createApplication(server, 'profile')
    await createEndpoint(server, appId, { url: `${receiver.url}/ok` })
    await roundOf(server, receiver, appId, seconds)
  }
  for (const file of readdirSync(folder)) {
    const times = timesOf(JSON.parse(readFileSync(join(folder, file), 'utf8')) as Profile)
    const total = [...times.values()].reduce((sum, each) => sum + each, 0)
    const rows = [...times].toSorted(([, a], [, b]) => b - a).slice(0, 22).map(([room, time]) => [room, share(time / total)])
    printTable(`Profile: ${file.split('.').at(-2) === '0' ? 'main thread' : `thread ${file.split('.').at(-3)}`}`, ['where', 'share of the time'], rows)
  }
  if (process.env.KEEP === undefined) rmSync(folder, { recursive: true })
}
