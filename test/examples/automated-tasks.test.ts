import { cpSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { freePort } from '#test/support/free-port.ts'
import { directoryOfTest } from '#test/support/killable-server.ts'
import { start } from '#test/support/start-app.ts'
import { until } from '#test/support/until.ts'
import { Webhook } from 'standardwebhooks'
import { afterEach, expect, test, vi } from 'vitest'
import { isAuthentic } from '../../examples/automated-tasks/verify.ts'
import type { Program } from '../../scripts/examples/program.ts'
import * as programs from '../../scripts/examples/programs/builder.ts'
import { printedSecret } from '../../scripts/examples/programs/secret.ts'
import { runProgram, startExample } from './support.ts'

const secretOfTest = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
const leaseMs = 1_000
/** Each starts a dozen processes and more. */
const slowMs = 60_000

interface Vector {
  readonly name: string
  readonly secret: string
  readonly id: string
  readonly timestamp: string
  readonly body?: string
  readonly bodyBase64?: string
  readonly signature: string
  /** Unix time of the receiver's clock, in seconds. */
  readonly now: number
  readonly valid: boolean
}

const vectors = JSON.parse(
  readFileSync(join(import.meta.dirname, '../vectors/standard-webhooks.json'), 'utf8'),
) as readonly Vector[]

afterEach(() => void vi.useRealTimers())

/** The server on a directory that outlives it, and on a site of its own where one is given. */
function startBuilder(port: number, secret: string, dataDir: string, siteDir?: string): Promise<Program> {
  const env = { LEASE_MS: `${leaseMs}`, ...(siteDir === undefined ? {} : { SITE_DIR: siteDir }) }
  return programs.startBuilder(startExample, { port, secret, dataDir, env })
}

interface Scene extends AsyncDisposable {
  readonly port: number
  readonly secret: string
  readonly dataDir: string
  /** Publishes an event for each revision. @returns the messages' ids, in the same order */
  request(revisions: readonly string[]): Promise<readonly string[]>
  /** Sends a message again. */
  resend(id: string): Promise<unknown>
  /** How many attempts at a message ended. */
  attempts(id: string): Promise<number>
}

async function startScene(): Promise<Scene> {
  const posthorn = await start({ env: { POSTHORN_RETRY_SCHEDULE: '0.2,0.2,0.2,0.5,0.5,1,1,1,1,2,2,5,5,5' } })
  const env = { POSTHORN_URL: posthorn.url, POSTHORN_TOKEN: posthorn.token }
  const port = await freePort()
  const run = (name: 'request.ts' | 'subscribe.ts', args: readonly string[]) =>
    runProgram(programs.builderCommand(name, args, { env }))
  const secret = printedSecret(await run('subscribe.ts', [`http://127.0.0.1:${port}/webhooks/task`]))
  return {
    port,
    secret,
    dataDir: directoryOfTest(),
    async request(revisions) {
      const idOf = programs.requestedIds(await run('request.ts', revisions))
      return revisions.map((revision) => idOf.get(revision) ?? '')
    },
    resend: (id) => posthorn.svix.messageAttempt.resend('builds', id, 'builder'),
    attempts: async (id) => (await posthorn.svix.messageAttempt.listByMsg('builds', id)).data.length,
    [Symbol.asyncDispose]: () => posthorn[Symbol.asyncDispose](),
  }
}

/** The example's site, with something that its build does first. */
function siteWith(first: string): string {
  const siteDir = directoryOfTest()
  cpSync(join(programs.builderFolder, 'site'), siteDir, { recursive: true })
  renameSync(join(siteDir, 'build.ts'), join(siteDir, 'real-build.ts'))
  writeFileSync(join(siteDir, 'build.ts'), `${first}\nawait import('./real-build.ts')\n`)
  return siteDir
}

/** What the build commands noted about an id. */
function notesOf(dataDir: string, id: string): readonly string[] {
  return readFileSync(join(dataDir, 'builds.log'), 'utf8')
    .split('\n')
    .filter((line) => line.includes(` ${id} `))
    .map((line) => line.split(' ', 1)[0] ?? '')
}

test.for(vectors)('it judges the shared vectors as every language does: $name', (vector) => {
  vi.useFakeTimers({ toFake: ['Date'], now: vector.now * 1000 })
  const body =
    vector.body === undefined ? Buffer.from(vector.bodyBase64 ?? '', 'base64') : Buffer.from(vector.body)
  const headers = {
    'webhook-id': vector.id,
    'webhook-timestamp': vector.timestamp,
    'webhook-signature': vector.signature,
  }
  expect(isAuthentic(new Webhook(vector.secret), body, headers)).toBe(vector.valid)
})

test('it says what its environment lacks', async () => {
  for (const [env, problem] of [
    [{}, 'missing in the environment: WEBHOOK_SECRET, PORT'],
    [{ PORT: '80', WEBHOOK_SECRET: 'whsec_%' }, 'WEBHOOK_SECRET is no secret'],
    [{ PORT: 'http', WEBHOOK_SECRET: secretOfTest }, 'PORT must be a number'],
  ] as const) {
    const builder = startExample(programs.builderCommand('server.ts', [], { env }))
    expect(await builder.ended).toEqual({ code: 1, signal: null })
    expect(builder.lines.join('\n')).toContain(problem)
  }
})

test('it refuses what is forged, of another type, too long or no request for a build', async () => {
  const port = await freePort()
  const builder = await startBuilder(port, secretOfTest, directoryOfTest())
  const sent = new Date()
  const send = async (
    body: string,
    more: Readonly<Record<string, string>> = {},
    id = 'msg_1',
  ): Promise<number> => {
    const headers = {
      'content-type': 'application/json',
      'webhook-id': id,
      'webhook-timestamp': `${Math.floor(sent.getTime() / 1000)}`,
      'webhook-signature': new Webhook(secretOfTest).sign(id, sent, body),
      ...more,
    }
    return (await fetch(`http://127.0.0.1:${port}/webhooks/task`, { method: 'POST', headers, body })).status
  }
  const event = '{ "revision": "a1" }'
  expect(await send(event, { 'webhook-signature': 'v1' })).toBe(401)
  expect(await send(event, { 'webhook-timestamp': '1614265330' })).toBe(401)
  expect(await send('', { 'webhook-id': '' })).toBe(401)
  expect(await send(event, { 'content-type': 'text/plain' })).toBe(415)
  expect(await send(event, { 'content-encoding': 'gzip' })).toBe(415)
  expect(await send(event + ' '.repeat(70_000))).toBe(413)
  expect(await send('{"revision":')).toBe(400)
  expect(await send('{"revision":"../../etc"}')).toBe(400)
  expect(await send(event, {}, '../msg')).toBe(400)
  expect(await send(event)).toBe(202)
  expect(await send(event)).toBe(200)
  await builder.printed(/^done {7}msg_1 {2}a1/)
  expect(await builder.stop()).toEqual({ code: 0, signal: null })
  expect(builder.lines.at(-1)).toBe('stopped')
})

test(
  'a build that fails is recorded with its reason, and one that is cut off runs again',
  { timeout: slowMs },
  async () => {
    await using scene = await startScene()
    const siteDir = siteWith(`
    import { existsSync, writeFileSync } from 'node:fs'
    const [, revision, directory] = process.argv.slice(2)
    if (revision === 'broken') throw new Error('a page is missing')
    if (revision === 'interrupted' && !existsSync(directory + '/cut')) {
      writeFileSync(directory + '/cut', '')
      process.kill(process.pid, 'SIGKILL')
    }`)
    const builder = await startBuilder(scene.port, scene.secret, scene.dataDir, siteDir)
    const [broken, interrupted] = await scene.request(['broken', 'interrupted'])
    await builder.printed(new RegExp(`^failed {5}${broken} .*a page is missing`))
    await builder.printed(new RegExp(`^cut off {4}${interrupted} {2}SIGKILL`))
    await builder.printed(new RegExp(`^running {4}${interrupted} {2}interrupted, run 2`))
    await builder.printed(new RegExp(`^done {7}${interrupted}`))
    expect(builder.lines.filter((line) => line.startsWith('running'))).toHaveLength(3)
  },
)

test('a burst of events with duplicates builds each of them once', { timeout: slowMs }, async () => {
  await using scene = await startScene()
  const { dataDir } = scene
  const builder = await startBuilder(scene.port, scene.secret, dataDir)
  const revisions = Array.from({ length: 12 }, (_, n) => `r${n}`)
  const ids = await scene.request(revisions)
  await Promise.all(ids.map((id) => scene.resend(id)))
  await builder.printed(/^duplicate/, 12)
  const [often = ''] = ids
  // A resend is one with an earlier one of the same message that has yet to end.
  await until(async () => (await scene.attempts(often)) === 2)
  await scene.resend(often)
  await builder.printed(/^duplicate/, 13)
  await builder.printed(/^done/, 12)
  expect(builder.lines.filter((line) => line.startsWith('received'))).toHaveLength(12)
  for (const [n, id] of ids.entries()) {
    expect(notesOf(dataDir, id)).toEqual(['started', 'published'])
    expect(readFileSync(join(dataDir, id, 'index.html'), 'utf8')).toContain(`built from ${revisions[n]}`)
  }
  expect(readFileSync(join(dataDir, ids[0] ?? '', 'news.html'), 'utf8')).toContain(
    '&lt;script&gt;alert(1)&lt;/script&gt; &amp; &quot;quotes&quot;',
  )
  expect(await builder.stop()).toEqual({ code: 0, signal: null })
})

test(
  'a burst goes on where its server was killed: only the build that was cut off is run again',
  { timeout: slowMs },
  async () => {
    await using scene = await startScene()
    const { dataDir } = scene
    const builder = await startBuilder(scene.port, scene.secret, dataDir)
    const requested = scene.request(Array.from({ length: 12 }, (_, n) => `r${n}`))
    await builder.printed(/^done/, 4)
    await builder.stop('SIGKILL')
    const ids = await requested
    await Promise.all(ids.map((id) => scene.resend(id)))
    const again = await startBuilder(scene.port, scene.secret, dataDir)
    using database = new DatabaseSync(join(dataDir, 'tasks.db'), { readOnly: true, timeout: 5_000 })
    const countDone = database.prepare("select count(*) as count from task where state = 'done'")
    await expect.poll(() => countDone.get()?.count, { timeout: 30_000 }).toBe(12)
    const notes = ids.map((id) => notesOf(dataDir, id))
    expect(notes.map((each) => each.filter((note) => note === 'published').length)).toEqual(ids.map(() => 1))
    expect(notes.filter((each) => each.length > 2).length).toBeLessThanOrEqual(1)
    expect(await again.stop()).toEqual({ code: 0, signal: null })
  },
)

test(
  'a build whose server was killed is run again, and its effect is there once',
  { timeout: slowMs },
  async () => {
    await using scene = await startScene()
    const { dataDir } = scene
    // A build that waits for a file once it has begun.
    const siteDir = siteWith(`
    import { appendFileSync, existsSync } from 'node:fs'
    const [id, revision, directory] = process.argv.slice(2)
    appendFileSync(directory + '/builds.log', 'waiting ' + id + ' ' + revision + '\\n')
    while (!existsSync(directory + '/go')) await new Promise((resolve) => setTimeout(resolve, 10))`)
    const builder = await startBuilder(scene.port, scene.secret, dataDir, siteDir)
    const early = await scene.request(['first'])
    await builder.printed(/^running/)
    const more = await scene.request(['second', 'third'])
    await builder.printed(/^received/, 3)
    expect(await builder.stop('SIGKILL')).toEqual({ code: null, signal: 'SIGKILL' })

    // Nobody listens: these are tried again until someone does.
    const late = await scene.request(['fourth'])
    await Promise.all([...early, ...more].map((id) => scene.resend(id)))
    const again = await startBuilder(scene.port, scene.secret, dataDir, siteDir)
    const ids = [...early, ...more, ...late]
    writeFileSync(join(dataDir, 'go'), '')
    await again.printed(/^done/, 4)

    // The command outlived its server and ran beside its second run: one of the two published.
    const [first = '', ...others] = ids
    await expect.poll(() => notesOf(dataDir, first).length, { timeout: 10_000 }).toBe(6)
    expect(notesOf(dataDir, first).toSorted()).toEqual([
      'found',
      'published',
      'started',
      'started',
      'waiting',
      'waiting',
    ])
    for (const id of others) expect(notesOf(dataDir, id)).toEqual(['waiting', 'started', 'published'])
    expect(again.lines.filter((line) => line.startsWith('received'))).toHaveLength(1)
    expect(readdirSync(dataDir).filter((name) => name.startsWith('.draft'))).toEqual([])
    expect(await again.stop()).toEqual({ code: 0, signal: null })
  },
)
