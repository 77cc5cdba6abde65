import { readFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { createApi } from '#api/app.ts'
import type { Config } from '#config/options.ts'
import type { Secrets } from '#config/secrets.ts'
import { StartRefused } from '#core/errors.ts'
import { createVault, type Vault } from '#core/sealing.ts'
import { Dispatcher } from '#dispatch/dispatcher.ts'
import type { DispatchEvents } from '#dispatch/events.ts'
import { Publisher, type Taker } from '#dispatch/publisher.ts'
import { type RelayEvents, relayEvents } from '#dispatch/relay.ts'
import { createAddressGuard } from '#http/address-guard.ts'
import { HttpClient } from '#http/client.ts'
import { endpointUrlProblem } from '#http/endpoint-url.ts'
import type { CrashPoint } from '#lib/crash-point.ts'
import { Agent } from '#maintenance/agent.ts'
import { Gateway } from '#inbound/gateway.ts'
import { RejectionLog } from '#inbound/rejection-log.ts'
import { Readiness } from '#maintenance/readiness.ts'
import { continueTasks } from '#maintenance/task-runner.ts'
import { TrafficLog } from '#maintenance/traffic-log.ts'
import { openPostgresStorage } from '#storage/postgres/postgres-storage.ts'
import { openSqliteStorage } from '#storage/sqlite/sqlite-storage.ts'
import type { Storage } from '#storage/storage.ts'
import type { Logger } from '#telemetry/logger.ts'
import type { Metrics } from '#telemetry/metrics.ts'

/** Posthorn, running. Disposing it stops it in order: what waits is handed back, attempts end, requests end. */
export interface App extends AsyncDisposable {
  /** Where the API answers, such as `http://127.0.0.1:8071`. */
  readonly url: string
}

export interface AppParts {
  readonly logger: Logger
  readonly metrics: Metrics
  readonly secrets: Secrets
  /** The process must end at once: the store can no longer be trusted. */
  readonly onFatal?: (error: Error) => void
  /** Only for tests that kill the process: where. */
  readonly crashAt?: { readonly point: CrashPoint; readonly visits: number } | null
  /** Only for tests: when what is old is looked for first. */
  readonly dropsOldAfterMs?: number
  /** Only for tests: a store that fails on demand. */
  readonly wrapStorage?: (storage: Storage) => Storage
}

/** Attempts that are under way at shutdown may take this long to end; what remains is sent again at the next start. */
const stopDeadlineMs = 10_000
/** Far beyond a healthy attempt, idle sockets included. */
const socketsPerAttempt = 2

const closeIdleEveryMs = 20

/** Between two slices of work that can wait, while messages come in. */
const pauseWhenBusyMs = 2
const fanoutLookMs = 5_000
const outboxLookMs = 1_000
const recoveryLookMs = 2_000
const expiryLookMs = 60_000
const purgeLookMs = 60_000
const retentionLookMs = 3_600_000
/** A machine that has just started may have yet to set its clock. */
const dropsOldAfterMs = 60_000
const taskLookMs = 60_000

/** What a provider's scheme needs of elsewhere: keys, certificates. */
const fetchDeadlineMs = 2_000
const maxFetchedBytes = 256 * 1024

export const version = (
  JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string }
).version

/** Starts the whole. Throws `StartRefused` where it must not run. */
export async function startApp(config: Config, parts: AppParts): Promise<App> {
  await using owned = new AsyncDisposableStack()
  const { logger, metrics, secrets } = parts
  const opened = owned.use(await openStorage(config, parts))
  const storage = parts.wrapStorage?.(opened) ?? opened
  const vault = createVault(secrets.encryptionKey)
  await checkEncryptionKey(storage, vault)

  const client = owned.use(
    new HttpClient({
      allowSubnets: config.allowSubnets,
      httpsOnly: config.httpsOnly,
      maxSockets: config.maxInFlight * socketsPerAttempt,
      dnsServers: config.dnsServers,
    }),
  )
  // Ends after whatever it counts has ended.
  const traffic = owned.use(
    new TrafficLog(storage, (error) =>
      logger.warn({ error: wordsOf(error) }, 'statistics could not be written; trying again'),
    ),
  )
  const dispatcher = new Dispatcher({
    storage,
    client,
    vault,
    events: dispatchEvents(logger, metrics, traffic),
    settings: {
      userAgent: `Posthorn/${version}`,
      signatureHeaders: config.signatureHeaders,
      deadlineMs: config.requestTimeoutMs,
      retryScheduleMs: config.retryScheduleMs,
      maxInFlight: config.maxInFlight,
      maxLaneDeliveries: config.maxLaneDeliveries,
      maxMemoryBytes: config.maxMemoryBytes,
      disableAfterMs: config.disableAfterHours * 3_600_000,
    },
  })
  owned.use(dispatcher)

  const agent = (
    slice: () => Promise<boolean>,
    everyMs: number,
    pauseMs = () => (publisher.isBusy ? pauseWhenBusyMs : 0),
  ): Agent =>
    owned.use(
      new Agent(
        slice,
        everyMs,
        (error) => logger.warn({ error: wordsOf(error) }, 'maintenance failed; trying again'),
        pauseMs,
      ),
    )
  let areFanoutsBehind = false
  const fanouts = agent(
    async () => {
      try {
        const { slices, isBehind } = await storage.continueFanouts(dispatcher.fullLanes(), Date.now())
        areFanoutsBehind = isBehind
        dispatcher.takeSlices(slices)
        for (const { message, handed, kept } of slices) {
          const deliveries = handed.length + kept.length
          metrics.published(0, deliveries)
          traffic.fannedOut(message.appId, deliveries)
        }
        return slices.length > 0
      } catch (error) {
        dispatcher.publishFailed()
        throw error
      }
    },
    fanoutLookMs,
    () => (publisher.isBusy && !areFanoutsBehind ? pauseWhenBusyMs : 0),
  )
  const tasks = agent(
    () =>
      continueTasks(storage, (task, error) =>
        logger.error({ taskId: task.id, error: wordsOf(error) }, 'background task failed'),
      ),
    taskLookMs,
  )
  const purge = agent(() => storage.purgeDeleted(Date.now()), purgeLookMs)
  const expiry = agent(() => storage.expire(null), expiryLookMs)
  const retentionMs = config.retentionDays * 86_400_000
  const retention = agent(() => storage.dropHistory(null, retentionMs), retentionLookMs)
  storage.onNotice((notice) => {
    if (notice.kind === 'application-deleted' || notice.kind === 'endpoint-changed') purge.nudge()
  })

  const taker: Taker = {
    fullLanes: () => dispatcher.fullLanes(),
    publishFailed: () => dispatcher.publishFailed(),
    take(group, result) {
      dispatcher.take(group, result)
      if (result.kind !== 'published') return
      for (const each of result.results) {
        if (each.kind !== 'stored') continue
        traffic.published(group.orgId, each.appId, each.handed.length + each.kept.length)
        if (each.isPartial) fanouts.nudge()
      }
    },
  }
  const publisher = new Publisher(storage, taker, metrics)
  const guard = createAddressGuard(config.allowSubnets)
  const readiness = new Readiness(storage, () => dispatcher.failure)
  metrics.observe({
    pending: () => storage.backlog(Date.now()),
    inFlight: () => dispatcher.inFlight,
    lanes: () => dispatcher.laneCount,
    sockets: () => client.openSockets,
    inMemory: () => dispatcher.deliveriesInMemory,
  })
  const publicUrl = publicUrlOf(config)
  const rejections = owned.use(
    new RejectionLog(storage, { dropped: (count) => metrics.rejectionsDropped(count) }),
  )
  const gateway = new Gateway({
    storage,
    publisher,
    vault,
    rejections,
    tools: {
      maxBodyBytes: config.maxPayloadBytes,
      get: async (url) =>
        await client.get({ url, headers: [], deadlineMs: fetchDeadlineMs, maxAnswerBytes: maxFetchedBytes }),
    },
    events: {
      inboundEnded: (type, outcome) => metrics.inboundEnded(type, outcome),
      inboundFailed: (sourceId, error) =>
        logger.error({ sourceId, error: wordsOf(error) }, 'a request to a source could not be handled'),
    },
  })
  const api = await createApi({
    storage,
    publisher,
    vault,
    logger,
    metrics,
    jwtKeys: secrets.jwtKeys,
    config,
    version,
    readiness: () => readiness.check(),
    urlProblem: (url: string) => endpointUrlProblem(url, guard, config.httpsOnly),
    onTaskAdded: () => tasks.nudge(),
    gateway,
    publicUrl,
  })
  owned.defer(() => closeApi(api))
  // While the API still answers: a load balancer sees that this process leaves before it cannot be reached any more. What
  // is published meanwhile stays in the store, where other nodes or the next start find it.
  owned.defer(() => dispatcher.stop(stopDeadlineMs))

  await dispatcher.start()
  if (storage.cluster !== null) {
    agent(async () => {
      await dispatcher.recover()
      return false
    }, recoveryLookMs).nudge()
  }
  const { outbox } = storage
  const relayed = relayEventsOf(logger, metrics)
  if (outbox !== null) {
    const relay = agent(() => relayEvents(outbox, taker, relayed), outboxLookMs)
    outbox.onWaiting(() => relay.nudge())
    relay.nudge()
  }
  for (const each of [fanouts, tasks, purge]) each.nudge()
  traffic.start()
  const firstDrop = setTimeout(() => {
    expiry.nudge()
    retention.nudge()
  }, parts.dropsOldAfterMs ?? dropsOldAfterMs)
  owned.defer(() => clearTimeout(firstDrop))
  owned.defer(() => readiness.stop())
  const url = await listen(api, config)
  const running = owned.move()
  return { url, [Symbol.asyncDispose]: () => running.disposeAsync() }
}

function publicUrlOf({ publicUrl, listen: { host, port } }: Config): string {
  return (publicUrl ?? `http://${host.includes(':') ? `[${host}]` : host}:${port}`).replace(/\/+$/, '')
}

/** PostgreSQL where it is configured, the embedded store otherwise. */
async function openStorage(
  config: Config,
  { logger, metrics, onFatal, crashAt }: AppParts,
): Promise<Storage> {
  const onCommit = (durationMs: number): void => metrics.committed(durationMs)
  if (config.databaseUrl !== null) {
    return await openPostgresStorage({
      url: config.databaseUrl,
      directUrl: config.databaseDirectUrl ?? config.databaseUrl,
      connections: config.databaseConnections,
      prepare: config.databasePrepare,
      dispatches: config.dispatch,
      leaseMs: config.leaseMs,
      onCommit,
      onStatement: () => metrics.statement(),
      onError: (error) =>
        logger.warn({ error: wordsOf(error) }, 'the database does not answer; trying again'),
    })
  }
  if (!config.dispatch || !config.api) {
    throw new StartRefused(
      'roles_need_postgres',
      'the embedded store has one process, which serves the API and sends',
      'Leave POSTHORN_DISPATCH and POSTHORN_API at true, or use PostgreSQL (POSTHORN_DATABASE_URL).',
    )
  }
  return openSqliteStorage({
    dataDir: config.dataDir,
    diskReserveBytes: config.diskReserveBytes,
    onFatal: onFatal ?? endProcess(logger),
    onCommit,
    crashAt: crashAt ?? null,
  })
}

async function listen(
  api: Awaited<ReturnType<typeof createApi>>,
  { listen: { host, port } }: Config,
): Promise<string> {
  try {
    await api.listen({ host, port })
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : ''
    if (code !== 'EADDRINUSE' && code !== 'EACCES' && code !== 'EADDRNOTAVAIL') throw error
    throw new StartRefused(
      'cannot_listen',
      `cannot listen on ${host}:${port}: ${code === 'EADDRINUSE' ? 'another process does' : code}`,
      'Choose another address (POSTHORN_LISTEN).',
      { cause: error },
    )
  }
  const address = api.server.address() as AddressInfo
  return `http://${host.includes(':') ? `[${host}]` : host}:${address.port}`
}

/** Connections that carried a request when closing began are kept alive by it: they are closed as they fall idle. */
async function closeApi(api: Awaited<ReturnType<typeof createApi>>): Promise<void> {
  const timer = setInterval(() => api.server.closeIdleConnections(), closeIdleEveryMs)
  try {
    await api.close()
  } finally {
    clearInterval(timer)
  }
}

/** A store that was written under another key would be served with secrets that nobody can open. */
async function checkEncryptionKey(storage: Storage, vault: Vault): Promise<void> {
  const place = 'encryption_key_check'
  const stored = await storage.setting(place, vault.seal('posthorn', place))
  try {
    vault.open(stored, place)
  } catch (error) {
    throw new StartRefused(
      'encryption_key_mismatch',
      'the encryption key is not the one that this store was written with',
      'Give POSTHORN_ENCRYPTION_KEY the value it had, the same in every process on one database; or restore secrets.json beside the store.',
      { cause: error },
    )
  }
}

function dispatchEvents(logger: Logger, metrics: Metrics, traffic: TrafficLog): DispatchEvents {
  return {
    publishBatch: (size) => metrics.publishBatch(size),
    published: (messages, deliveries) => metrics.published(messages, deliveries),
    publishRejected: (reason) => metrics.publishRejected(reason),
    attemptEnded(appId, outcome, durationMs) {
      metrics.attemptEnded(outcome, durationMs)
      traffic.attemptEnded(appId, outcome, durationMs)
    },
    arrived: (latencyMs) => metrics.arrived(latencyMs),
    delivered: (appId, latencyMs) => traffic.delivered(appId, latencyMs),
    outcomeBatch: (size) => metrics.outcomeBatch(size),
    endpointDisabled: (endpointId, reason) => logger.warn({ endpointId, reason }, 'endpoint disabled'),
    recovered(count, heldBack) {
      logger.warn({ count }, 'recovered deliveries that a dead process had in hand')
      for (const each of heldBack)
        logger.error(each, 'delivery held back: in hand at too many deaths in a row')
    },
    storeFailed(error) {
      if (error === null) logger.info('the store takes outcomes again; sending goes on')
      else logger.error({ error: wordsOf(error) }, 'the store fails; sending pauses')
    },
    laneFailed: (endpointId, error) =>
      logger.error({ endpointId, error: wordsOf(error) }, 'endpoint cannot be loaded'),
    attemptFailed: (delivery, error) =>
      logger.error(
        { messageId: delivery.message.id, endpointId: delivery.endpointId, error: wordsOf(error) },
        'attempt could not be carried out or recorded',
      ),
  }
}

function relayEventsOf(logger: Logger, metrics: Metrics): RelayEvents {
  return {
    published: (messages, deliveries) => metrics.published(messages, deliveries),
    eventDropped(event, reason) {
      metrics.eventLost(reason)
      const level = reason === 'event-id-taken' ? 'info' : 'warn'
      logger[level]({ ...event, reason }, 'event of the outbox dropped')
    },
    eventSetAside(event, reason) {
      metrics.eventLost('set-aside')
      logger.error({ ...event, reason }, 'event of the outbox set aside: the store refuses it')
    },
  }
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}

function endProcess(logger: Logger): (error: Error) => void {
  return (error) => {
    logger.fatal({ error: wordsOf(error) }, 'the store can no longer be trusted: ending')
    process.exit(70)
  }
}
