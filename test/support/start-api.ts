import { createSecretKey, randomBytes } from 'node:crypto'
import { rmSync } from 'node:fs'
import { text as textOf } from 'node:stream/consumers'
import { createApi } from '#api/app.ts'
import type { ApiParts } from '#api/parts.ts'
import { signOrganisationToken } from '#api/tokens.ts'
import type { JwtKeys } from '#config/jwt-keys.ts'
import { createVault } from '#core/sealing.ts'
import { Publisher } from '#dispatch/publisher.ts'
import { createAddressGuard } from '#http/address-guard.ts'
import { endpointUrlProblem } from '#http/endpoint-url.ts'
import { openPostgresStorage } from '#storage/postgres/postgres-storage.ts'
import { openSqliteStorage } from '#storage/sqlite/sqlite-storage.ts'
import type { Storage } from '#storage/storage.ts'
import type { Logger } from '#telemetry/logger.ts'
import { Gateway } from '#inbound/gateway.ts'
import { RejectionLog } from '#inbound/rejection-log.ts'
import { createMetrics } from '#telemetry/metrics.ts'
import { declareAllDead } from './test-database.ts'
import { databaseOf, organisation, temporaryDirectory, testConfig } from './start-app.ts'

export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, unknown>>
  readonly text: string
  /** The body as JSON; null where there is none. */
  // oxlint-disable-next-line typescript/no-explicit-any -- tests look into answers of every shape
  readonly json: any
}

export interface Ask {
  /** The organisation's own where absent; none where null. */
  readonly token?: string | null
  readonly headers?: Readonly<Record<string, string>>
  /** Sent as JSON; a text or bytes as they are. */
  readonly body?: unknown
}

/** The API over a real store, without a socket and without anything that sends. */
export interface TestApi extends AsyncDisposable {
  readonly storage: Storage
  readonly jwtKeys: JwtKeys
  /** Has the store take what is in hand for a dead process's. */
  die(): Promise<void>
  /** Of the organisation. */
  readonly token: string
  /** Everything that was logged. */
  readonly logged: readonly string[]
  ask(method: string, path: string, ask?: Ask): Promise<Answer>
  /** Takes requests from a socket, too. @returns where, such as `http://127.0.0.1:12345` */
  listen(): Promise<string>
}

export interface TestApiOptions {
  readonly jwtKeys?: JwtKeys
  readonly wrapStorage?: (storage: Storage) => Storage
  readonly live?: ApiParts['live']
}

function hmacKeys(count = 1): JwtKeys {
  const keys = Array.from({ length: count }, () => createSecretKey(randomBytes(32)))
  return { algorithm: 'HS256', keys: keys.map((key) => ({ signingKey: key, verifyingKey: key })) }
}

export async function startApi(options: TestApiOptions = {}): Promise<TestApi> {
  const dataDir = temporaryDirectory()
  const config = testConfig({}, dataDir)
  const { POSTHORN_DATABASE_URL: database } = await databaseOf(dataDir)
  const opened =
    database === undefined ? openSqliteStorage({ dataDir }) : await openPostgresStorage({ url: database })
  const storage = options.wrapStorage?.(opened) ?? opened
  const jwtKeys = options.jwtKeys ?? hmacKeys()
  const metrics = createMetrics()
  const logged: string[] = []
  const note = (...said: readonly unknown[]): void => void logged.push(JSON.stringify(said))
  const logger: Logger = { fatal: note, error: note, warn: note, info: note, debug: note, flush() {} }
  const guard = createAddressGuard([])
  const publisher = new Publisher(storage, { fullLanes: () => 'all', publishFailed() {}, take() {} }, metrics)
  const vault = createVault(randomBytes(32))
  const rejections = new RejectionLog(storage, { dropped: (count) => metrics.rejectionsDropped(count) })
  const gateway = new Gateway({
    storage,
    publisher,
    vault,
    rejections,
    tools: {
      maxBodyBytes: config.maxPayloadBytes,
      get: () => Promise.reject(new Error('nothing is fetched here')),
    },
    events: {
      inboundEnded: (type, outcome) => metrics.inboundEnded(type, outcome),
      inboundFailed: (...said) => note(...said),
    },
  })
  const api = await createApi({
    storage,
    publisher,
    vault,
    logger,
    metrics,
    jwtKeys,
    config,
    version: '0.0.0',
    readiness: () => Promise.resolve({ ready: true, reasons: [] }),
    urlProblem: (url) => endpointUrlProblem(url, guard, false),
    onTaskAdded() {},
    gateway,
    publicUrl: 'http://posthorn.example',
    ...(options.live === undefined ? {} : { live: options.live }),
  })
  const token = await signOrganisationToken(jwtKeys, organisation, Date.now())
  return {
    storage,
    jwtKeys,
    token,
    logged,
    async die() {
      if (database === undefined) return
      await declareAllDead(database)
      await storage.probe().catch(() => {})
    },
    listen: () => api.listen({ host: '127.0.0.1', port: 0 }),
    async ask(method, path, { token: own, headers = {}, body } = {}) {
      const bearer = own === undefined ? token : own
      const isRaw = typeof body === 'string' || Buffer.isBuffer(body)
      const answer = await api.inject({
        payloadAsStream: true,
        method: method as 'GET',
        url: path,
        headers: {
          ...(bearer === null ? {} : { authorization: `Bearer ${bearer}` }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body === undefined ? {} : { payload: isRaw ? body : JSON.stringify(body) }),
      })
      const { statusCode, headers: answered } = answer
      const type = answered['content-type'] ?? ''
      const isJson = type.startsWith('application/json')
      // A stream of events has no end of its own.
      const text = type.startsWith('text/event-stream') ? '' : await textOf(answer.stream())
      return {
        status: statusCode,
        headers: answered,
        text,
        json: isJson && text !== '' ? (JSON.parse(text) as unknown) : null,
      }
    },
    async [Symbol.asyncDispose]() {
      await api.close()
      await rejections[Symbol.asyncDispose]()
      await opened[Symbol.asyncDispose]()
      rmSync(dataDir, { recursive: true, force: true })
    },
  }
}
