import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Svix } from 'svix'
import { afterAll } from 'vitest'
import { signOrganisationToken } from '#api/tokens.ts'
import type { Config } from '#config/options.ts'
import { readConfig } from '#config/read.ts'
import { loadSecrets, type Secrets } from '#config/secrets.ts'
import { type AppParts, startApp } from '#src/app.ts'
import { createLogger } from '#telemetry/logger.ts'
import { createMetrics } from '#telemetry/metrics.ts'
import { createDatabase, type TestDatabase } from './test-database.ts'

export const organisation = 'org_23rb8YdGqMT0qIzpgGwdXfHirMu'

export interface Running extends AsyncDisposable {
  readonly url: string
  readonly token: string
  readonly secrets: Secrets
  readonly config: Config
  /** The official client, pointed at this server. */
  readonly svix: Svix
  /** Stops the server and keeps its directory. */
  stop(): Promise<void>
}

export interface StartOptions {
  readonly env?: Readonly<Record<string, string>>
  /** What no option can say. */
  readonly config?: Partial<Config>
  /** Kept when the server stops; a directory that goes with the server otherwise. */
  readonly dataDir?: string
  readonly parts?: Partial<AppParts>
}

/** Whether this run is on PostgreSQL: what is about the embedded store alone is left out then. */
export const isOnPostgres = process.env.TEST_STORE === 'postgres'

const databases: TestDatabase[] = []
afterAll(async () => {
  for (const database of databases.splice(0)) await database[Symbol.asyncDispose]()
})

/** Where tests are run on PostgreSQL, the database of this directory: the same one whenever it is asked for. */
export async function databaseOf(dataDir: string): Promise<Readonly<Record<string, string>>> {
  if (!isOnPostgres) return {}
  const file = join(dataDir, 'test-database-url')
  if (!existsSync(file)) {
    const database = await createDatabase()
    databases.push(database)
    writeFileSync(file, database.url)
  }
  return { POSTHORN_DATABASE_URL: readFileSync(file, 'utf8') }
}

export function temporaryDirectory(): string {
  return mkdtempSync(join(tmpdir(), 'posthorn-test-'))
}

/** The configuration of a server on a free port that may send to this machine. */
export function testConfig({ env = {}, config = {} }: StartOptions, dataDir: string): Config {
  const read = readConfig({
    env: {
      POSTHORN_LISTEN: '127.0.0.1:0',
      POSTHORN_DATA_DIR: dataDir,
      POSTHORN_ALLOW_SUBNETS: '127.0.0.0/8,::1/128',
      POSTHORN_LOG_LEVEL: 'silent',
      POSTHORN_DISK_RESERVE_BYTES: '0',
      ...env,
    },
    flags: {},
  })
  if ('problems' in read) throw new Error(read.problems.join('\n'))
  return { ...read.config, ...config }
}

/** The whole server as it is put together for real, in this process. */
export async function start(options: StartOptions = {}): Promise<Running> {
  const dataDir = options.dataDir ?? temporaryDirectory()
  const env = { ...(await databaseOf(dataDir)), ...options.env }
  const config = testConfig({ ...options, env }, dataDir)
  const secrets = loadSecrets(config)
  const app = await startApp(config, {
    logger: createLogger(config),
    metrics: createMetrics(),
    secrets,
    ...options.parts,
  })
  const token = await signOrganisationToken(secrets.jwtKeys, organisation, Date.now())
  let isStopped = false
  const stop = async (): Promise<void> => {
    if (isStopped) return
    isStopped = true
    await app[Symbol.asyncDispose]()
  }
  return {
    url: app.url,
    token,
    secrets,
    config,
    svix: new Svix(token, { serverUrl: app.url }),
    stop,
    async [Symbol.asyncDispose]() {
      await stop()
      if (options.dataDir === undefined) rmSync(dataDir, { recursive: true, force: true })
    },
  }
}
