import { type ChildProcess, fork, spawn } from 'node:child_process'
import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'

const root = join(import.meta.dirname, '../..')
const results = join(root, 'bench/results')
export const organisation = 'org_23rb8YdGqMT0qIzpgGwdXfHirMu'
const jwtSecret = 'a secret for measurements and for nothing else'

/** Of the whole process, all threads, in seconds. The kernel counts in hundredths. */
export function cpuSecondsOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /s, '').split(' ')
  return (Number(fields[11]) + Number(fields[12])) / 100
}

export function residentBytesOf(pid: number): number {
  const line = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))
  return Number(line?.[1] ?? 0) * 1024
}

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
  const now = Math.floor(Date.now() / 1000)
  const head = `${encoded({ alg: 'HS256', typ: 'JWT' })}.${encoded({ sub: organisation, iat: now, exp: now + 86_400 })}`
  return `${head}.${createHmac('sha256', jwtSecret).update(head).digest('base64url')}`
}

export interface Server extends AsyncDisposable {
  readonly pid: number
  readonly url: string
  readonly token: string
  readonly dataDir: string
  call<T>(method: string, path: string, body?: object): Promise<T>
  /** A metric's value, by its name and labels as they stand in the text. */
  metric(name: string): Promise<number>
  /** Ends in order and starts again on the same store. */
  stop(): Promise<void>
}

export interface ServerOptions {
  readonly dataDir?: string
  readonly env?: Readonly<Record<string, string>>
  readonly nodeArguments?: readonly string[]
}

/** The real server, in a process of its own. */
export async function startServer(options: ServerOptions = {}): Promise<Server> {
  mkdirSync(results, { recursive: true })
  const dataDir = options.dataDir ?? mkdtempSync(join(results, 'store-'))
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const child = spawn(process.execPath, [...(options.nodeArguments ?? []), join(root, 'src/main.ts'), 'serve'], {
    stdio: ['ignore', 'ignore', 'inherit'],
    cwd: results,
    env: {
      PATH: process.env.PATH,
      POSTHORN_LISTEN: `127.0.0.1:${port}`,
      POSTHORN_DATA_DIR: dataDir,
      POSTHORN_ALLOW_SUBNETS: '127.0.0.0/8',
      POSTHORN_LOG_LEVEL: 'error',
      POSTHORN_JWT_SECRET: jwtSecret,
      ...options.env,
    },
  })
  const token = organisationToken()
  await untilReady(url, child)
  const stop = async (): Promise<void> => {
    if (child.exitCode !== null) return
    const ended = once(child, 'exit')
    child.kill('SIGTERM')
    const timer = setTimeout(() => child.kill('SIGKILL'), 20_000)
    await ended
    clearTimeout(timer)
  }
  return {
    pid: child.pid ?? 0,
    url,
    token,
    dataDir,
    async call<T>(method: string, path: string, body?: object): Promise<T> {
      const response = await fetch(`${url}/api/v1${path}`, {
        method,
        headers: { authorization: `Bearer ${token}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
      const text = await response.text()
      if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`)
      return (text === '' ? null : JSON.parse(text)) as T
    },
    async metric(name) {
      const text = await (await fetch(`${url}/metrics`)).text()
      const line = text.split('\n').find((each) => each.startsWith(`${name} `))
      return line === undefined ? 0 : Number(line.slice(name.length + 1))
    },
    stop,
    async [Symbol.asyncDispose]() {
      await stop()
      if (options.dataDir === undefined) rmSync(dataDir, { recursive: true, force: true })
    },
  }
}

async function untilReady(url: string, child: ChildProcess): Promise<void> {
  for (let tries = 0; tries < 600; tries++) {
    if (child.exitCode !== null) throw new Error(`the server ended with ${child.exitCode}`)
    const isReady = await fetch(`${url}/health/ready`).then(
      ({ ok }) => ok,
      () => false,
    )
    if (isReady) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error('the server does not become ready')
}

export interface Received {
  readonly count: number
  readonly bytes: number
  readonly latencies: readonly number[]
}

export interface Receiver extends AsyncDisposable {
  readonly pid: number
  readonly url: string
  report(): Promise<Received>
  /** What was received up to now, without latencies: cheap enough to be asked again and again. */
  count(): Promise<number>
  reset(): Promise<void>
}

export async function startReceiver(): Promise<Receiver> {
  const child = fork(join(import.meta.dirname, 'receiver-process.ts'))
  const [{ port }] = (await once(child, 'message')) as [{ port: number }]
  const ask = async (question: string): Promise<Received> => {
    const answered = once(child, 'message')
    child.send(question)
    return ((await answered) as [Received])[0]
  }
  return {
    pid: child.pid ?? 0,
    url: `http://127.0.0.1:${port}`,
    report: () => ask('report'),
    count: async () => (await ask('count')).count,
    async reset() {
      await ask('reset')
    },
    async [Symbol.asyncDispose]() {
      const ended = once(child, 'exit')
      child.disconnect()
      await ended
    },
  }
}

export interface LoopResult {
  readonly count: number
  readonly seconds: number
  readonly cpuMicros: number
}

/** One answer from a program that sends one and ends. */
async function resultOf<T>(file: string, args: readonly string[]): Promise<T> {
  const child = fork(join(import.meta.dirname, file), [...args])
  const ended = once(child, 'exit')
  const [result] = (await once(child, 'message')) as [T]
  await ended
  return result
}

export function runLoop(receiver: Receiver, seconds: number, connections = 64): Promise<LoopResult> {
  return resultOf('loop-process.ts', [receiver.url, String(seconds), String(connections)])
}

export interface LoadResult {
  readonly accepted: number
  readonly answers: Readonly<Record<string, number>>
  readonly seconds: number
  readonly publishMs: readonly number[]
}

export function runLoad(
  server: Server,
  load: { readonly appId: string; readonly seconds: number; readonly eventType?: string; readonly connections?: number; readonly rate?: number; readonly maxMessages?: number },
): Promise<LoadResult> {
  const whole = {
    url: server.url, token: server.token, eventType: 'invoice.paid', connections: 64, rate: 0, maxMessages: 10_000_000, ...load,
  }
  return resultOf('load-process.ts', [JSON.stringify(whole)])
}

/** Waits until the server has recorded so many delivered attempts. */
export async function untilDelivered(server: Server, count: number, timeoutMs: number): Promise<void> {
  const deadline = performance.now() + timeoutMs
  while ((await server.metric('posthorn_attempts_total{outcome="delivered"}')) < count) {
    if (performance.now() > deadline) throw new Error(`not ${count} deliveries within ${timeoutMs} ms`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

export async function createApplication(server: Server, name: string): Promise<string> {
  return (await server.call<{ id: string }>('POST', '/app', { name })).id
}

export async function createEndpoint(server: Server, appId: string, endpoint: object): Promise<string> {
  return (await server.call<{ id: string }>('POST', `/app/${appId}/endpoint`, endpoint)).id
}
