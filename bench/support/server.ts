import { type ChildProcess, spawn } from 'node:child_process'
import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { Pool } from 'undici'
import { own, ownDirectory, removeDirectory } from './belongings.ts'

const root = join(import.meta.dirname, '../..')
export const organisation = 'org_23rb8YdGqMT0qIzpgGwdXfHirMu'
const jwtSecret = 'a secret for measurements and for nothing else'
const encryptionKey = Buffer.alloc(32, 7).toString('base64')

async function freePort(): Promise<number> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

function encoded(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

function organisationToken(): string {
  const issuedAt = Math.floor(Date.now() / 1000)
  const claims = {
    iat: issuedAt,
    nbf: issuedAt,
    exp: issuedAt + 86_400,
    iss: 'svix-server',
    sub: organisation,
  }
  const head = `${encoded({ alg: 'HS256', typ: 'JWT' })}.${encoded(claims)}`
  return `${head}.${createHmac('sha256', jwtSecret).update(head).digest('base64url')}`
}

export interface Server extends AsyncDisposable {
  readonly pid: number
  readonly url: string
  readonly token: string
  readonly dataDir: string
  /** How long it took from its start to its first readiness. */
  readonly startMs: number
  /** Throws for anything but a 2xx. */
  call<T>(method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path: string, body?: object): Promise<T>
  /** Values of `/metrics` by name and labels as they stand there. */
  metrics(): Promise<ReadonlyMap<string, number>>
  /** Waits until so many attempts in all are recorded as delivered. */
  untilDelivered(count: number, timeoutMs: number): Promise<void>
  delivered(): Promise<number>
  createApplication(name: string): Promise<string>
  createEndpoint(appId: string, endpoint: object): Promise<string>
  /** Ends it in order; its store stays until it is disposed. Disposing it alone kills it. */
  stop(): Promise<void>
}

export interface ServerOptions {
  /** Kept when the server ends; without one it has its own, which goes with it. */
  readonly dataDir?: string
  readonly nodeArguments?: readonly string[]
  /** PostgreSQL instead of the embedded store. */
  readonly databaseUrl?: string
  readonly environment?: Readonly<Record<string, string>>
}

const stopWithinMs = 20_000
const readyWithinMs = 60_000
const lookEveryMs = 10
const deliveredMetric = 'posthorn_attempts_total{outcome="delivered"}'

/** The real server, in a process of its own, with its default settings. */
export async function startServer(options: ServerOptions = {}): Promise<Server> {
  const dataDir = options.dataDir ?? ownDirectory('store')
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const startedAt = performance.now()
  const child = own(
    spawn(process.execPath, [...(options.nodeArguments ?? []), join(root, 'src/main.ts'), 'serve'], {
      stdio: ['ignore', 'ignore', 'inherit'],
      cwd: dataDir,
      env: {
        POSTHORN_LISTEN: `127.0.0.1:${port}`,
        POSTHORN_DATA_DIR: dataDir,
        POSTHORN_ALLOW_SUBNETS: '127.0.0.0/8',
        POSTHORN_LOG_LEVEL: 'error',
        POSTHORN_JWT_SECRET: jwtSecret,
        POSTHORN_ENCRYPTION_KEY: encryptionKey,
        ...(options.databaseUrl === undefined ? {} : { POSTHORN_DATABASE_URL: options.databaseUrl }),
        ...options.environment,
      },
    }),
  )
  await untilReady(url, child)
  const startMs = performance.now() - startedAt
  const token = organisationToken()
  const pool = new Pool(url, { connections: 32, pipelining: 1 })
  const call = async <T>(
    method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
    path: string,
    body?: object,
  ): Promise<T> => {
    const answer = await pool.request({
      method,
      path: `/api/v1${path}`,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await answer.body.text()
    if (answer.statusCode >= 300) throw new Error(`${method} ${path}: ${answer.statusCode} ${text}`)
    return (text === '' ? null : JSON.parse(text)) as T
  }
  const metrics = async (): Promise<ReadonlyMap<string, number>> => {
    const { body } = await pool.request({ method: 'GET', path: '/metrics' })
    return readMetrics(await body.text())
  }
  const delivered = async (): Promise<number> => (await metrics()).get(deliveredMetric) ?? 0
  const end = async (signal: 'SIGTERM' | 'SIGKILL'): Promise<void> => {
    await pool.destroy()
    if (child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'exit')
    child.kill(signal)
    const timer = setTimeout(() => child.kill('SIGKILL'), stopWithinMs)
    await ended
    clearTimeout(timer)
  }
  return {
    pid: child.pid ?? 0,
    url,
    token,
    dataDir,
    startMs,
    call,
    metrics,
    delivered,
    async untilDelivered(count, timeoutMs) {
      const deadline = performance.now() + timeoutMs
      while ((await delivered()) < count) {
        if (performance.now() > deadline) throw new Error(`not ${count} deliveries within ${timeoutMs} ms`)
        await new Promise((resolve) => setTimeout(resolve, lookEveryMs))
      }
    },
    createApplication: async (name) => (await call<{ id: string }>('POST', '/app', { name })).id,
    createEndpoint: async (appId, endpoint) =>
      (await call<{ id: string }>('POST', `/app/${appId}/endpoint`, endpoint)).id,
    stop: () => end('SIGTERM'),
    async [Symbol.asyncDispose]() {
      await end('SIGKILL')
      if (options.dataDir === undefined) removeDirectory(dataDir)
    },
  }
}

function readMetrics(text: string): ReadonlyMap<string, number> {
  const values = new Map<string, number>()
  for (const line of text.split('\n')) {
    const end = line.lastIndexOf(' ')
    if (end > 0 && !line.startsWith('#')) values.set(line.slice(0, end), Number(line.slice(end + 1)))
  }
  return values
}

async function untilReady(url: string, child: ChildProcess): Promise<void> {
  const deadline = performance.now() + readyWithinMs
  while (performance.now() < deadline) {
    if (child.exitCode !== null) throw new Error(`the server ended with ${child.exitCode}`)
    const isReady = await fetch(`${url}/health/ready`).then(
      ({ ok }) => ok,
      () => false,
    )
    if (isReady) return
    await new Promise((resolve) => setTimeout(resolve, lookEveryMs))
  }
  throw new Error('the server does not become ready')
}
