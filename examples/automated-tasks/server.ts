import { mkdirSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join, resolve } from 'node:path'
import { Webhook } from 'standardwebhooks'
import { createApp } from './app.ts'
import { Runner } from './runner.ts'
import { Tasks } from './tasks.ts'

/** Receives `build.requested` events and builds the site for each of them. README.md says what it reads. */

const print = (line: string): void => void process.stdout.write(`${line}\n`)

function fail(problem: string): never {
  process.stderr.write(`${problem}\n`)
  process.exit(1)
}

function makeWebhook(secret: string): Webhook {
  try {
    return new Webhook(secret)
  } catch {
    return fail('WEBHOOK_SECRET is no secret of Standard Webhooks: whsec_ and base64')
  }
}

const { PORT = '', WEBHOOK_SECRET = '', DATA_DIR = 'data', SITE_DIR, LEASE_MS = '10000' } = process.env
const missing = Object.entries({ WEBHOOK_SECRET, PORT }).filter(([, value]) => value === '')
if (missing.length > 0) {
  fail(
    `missing in the environment: ${missing.map(([name]) => name).join(', ')} (README.md says what they are)`,
  )
}
const port = Number(PORT)
if (!Number.isInteger(port) || port < 0 || port > 65_535)
  fail(`PORT must be a number up to 65535, not '${PORT}'`)
const leaseMs = Number(LEASE_MS)
if (!(leaseMs >= 100)) fail(`LEASE_MS must be a number from 100 on, not '${LEASE_MS}'`)
const webhook = makeWebhook(WEBHOOK_SECRET)

const dataDir = resolve(DATA_DIR)
const siteDir = resolve(SITE_DIR ?? join(import.meta.dirname, 'site'))
mkdirSync(dataDir, { recursive: true })

const tasks = new Tasks(join(dataDir, 'tasks.db'), leaseMs)
const runner = new Runner({
  tasks,
  leaseMs,
  commandOf: ({ id, revision }) => [process.execPath, join(siteDir, 'build.ts'), id, revision, dataDir],
  print,
})
const app = createApp({
  webhook,
  print,
  receive: (id, revision) => {
    const isNew = tasks.receive(id, revision)
    // The answer goes first.
    setImmediate(() => runner.wake())
    return isNew
  },
})
const server = createServer(app)
server.once('error', ({ message }) => fail(message))
server.listen(port, '127.0.0.1', () => {
  print(`listening on http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  // What an earlier process left behind.
  runner.wake()
})

async function stop(): Promise<void> {
  const ended = runner[Symbol.asyncDispose]()
  await new Promise((closed) => {
    server.close(closed)
    server.closeIdleConnections()
  })
  await ended
  tasks[Symbol.dispose]()
  print('stopped')
}
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void stop())
