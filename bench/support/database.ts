import { chmodSync, readdirSync, readFileSync } from 'node:fs'
import pg from 'pg'
import { type PostgresServer, startPostgres } from '#test/support/postgres-server.ts'
import { ownDirectory, removeDirectory } from './belongings.ts'

/** A PostgreSQL of its own on this machine, durable as by default, for servers that are measured on it. */
export interface Database extends AsyncDisposable {
  readonly url: string
  readonly pid: number
  /** A new, empty database on it. */
  create(name: string): Promise<string>
  /** Runs a statement there. */
  ask<Row extends pg.QueryResultRow>(url: string, text: string): Promise<readonly Row[]>
  cpuSeconds(): number
}

/** What the figures were measured with, beside the defaults of PostgreSQL. */
const databaseSettings: Readonly<Record<string, string>> = {
  shared_buffers: `'512MB'`,
  max_wal_size: `'4GB'`,
}

export async function startDatabase(): Promise<Database> {
  const parent = ownDirectory('postgres')
  // PostgreSQL runs as somebody else where this runs as root.
  chmodSync(parent, 0o755)
  const server: PostgresServer = await startPostgres({ fsync: true, settings: databaseSettings, parent })
  const ask = async <Row extends pg.QueryResultRow>(url: string, text: string): Promise<readonly Row[]> => {
    const client = new pg.Client({ connectionString: url })
    await client.connect()
    try {
      return (await client.query<Row>(text)).rows
    } finally {
      await client.end()
    }
  }
  return {
    url: server.url,
    get pid() {
      return server.pid
    },
    async create(name) {
      await ask(server.url, `create database "${name}"`)
      const url = new URL(server.url)
      url.pathname = `/${name}`
      return url.href
    },
    ask,
    cpuSeconds: () => cpuSecondsOfAll(server.pid),
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]()
      removeDirectory(parent)
    },
  }
}

const ticksPerSecond = 100

/** Of a process, its children, and those of its children that have ended. */
function cpuSecondsOfAll(pid: number): number {
  let ticks = 0
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue
    const fields = statOf(entry)
    if (Number(entry) === pid) ticks += sumOf(fields, 11, 15)
    else if (Number(fields[1]) === pid) ticks += sumOf(fields, 11, 13)
  }
  return ticks / ticksPerSecond
}

/** What stands behind the name; nothing for a process that has ended meanwhile. */
function statOf(pid: string): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ')
  } catch {
    return []
  }
}

function sumOf(fields: readonly string[], from: number, to: number): number {
  return fields.slice(from, to).reduce((total, field) => total + Number(field), 0)
}
