import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { onTestFinished } from 'vitest'
import { freePort } from './free-port.ts'

/** A real PgBouncer in transaction mode: a connection of the server is a client's for one transaction only. */
export interface Pooler extends AsyncDisposable {
  /** Of the same database by way of the pooler. */
  readonly url: string
  /** Breaks all connections off. */
  stop(): Promise<void>
  start(): Promise<void>
}

/** Debian puts it where only root looks. */
const program = ['pgbouncer', '/usr/sbin/pgbouncer'].find((name) => spawnSync(name, ['-V']).status === 0)

export const hasPooler = program !== undefined

/** It refuses to run as root: then it runs as this user, which every system has. */
const nobody = 65_534

/**
 * It does not outlive the test.
 *
 * @param size how many connections to the server all clients share
 */
export async function startPooler(databaseUrl: string, size = 5): Promise<Pooler> {
  const user = userInfo().uid === 0 ? { uid: nobody, gid: nobody } : {}
  const server = new URL(databaseUrl)
  const port = await freePort()
  const folder = mkdtempSync(join(tmpdir(), 'posthorn-pooler-'))
  chmodSync(folder, 0o755)
  const config = join(folder, 'pgbouncer.ini')
  const password = server.password === '' ? '' : ` password=${decodeURIComponent(server.password)}`
  const lines = [
    '[databases]',
    `* = host=${server.hostname} port=${server.port || '5432'} user=${server.username}${password}`,
    '[pgbouncer]',
    'listen_addr = 127.0.0.1',
    `listen_port = ${port}`,
    'unix_socket_dir =',
    'auth_type = any',
    'pool_mode = transaction',
    `default_pool_size = ${size}`,
    'max_client_conn = 500',
  ]
  writeFileSync(config, lines.map((line) => `${line}\n`).join(''))
  const url = new URL(databaseUrl)
  url.hostname = '127.0.0.1'
  url.port = String(port)
  let child: ChildProcess | null = null
  const pooler: Pooler = {
    url: url.href,
    async start() {
      child = spawn(program ?? 'pgbouncer', [config], { ...user, stdio: 'ignore', cwd: folder })
      await accepting(url.href)
    },
    async stop() {
      const stopping = child
      if (stopping === null || stopping.exitCode !== null || stopping.signalCode !== null) return
      stopping.kill('SIGTERM')
      await once(stopping, 'exit')
    },
    async [Symbol.asyncDispose]() {
      await pooler.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
  onTestFinished(() => void child?.kill('SIGKILL'))
  await pooler.start()
  return pooler
}

const startWithinMs = 10_000

async function accepting(url: string): Promise<void> {
  for (const until = Date.now() + startWithinMs; ;) {
    const client = new pg.Client({ connectionString: url })
    try {
      await client.connect()
      await client.end()
      return
    } catch (error) {
      if (Date.now() > until) throw error
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }
}
