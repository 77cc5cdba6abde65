import { Counter, Gauge, Histogram, Registry } from 'prom-client'

type AttemptEnd = 'delivered' | 'retry' | 'exhausted'

/** Read when someone asks for the metrics. */
export interface MetricSources {
  pending(): Promise<{ readonly deliveries: number; readonly oldestDueAt: number | null }>
  inFlight(): number
  lanes(): number
  sockets(): number
  inMemory(): number
}

/** What is counted, in plain calls that cost less than a microsecond. */
export interface Metrics {
  attemptEnded(outcome: AttemptEnd, durationMs: number): void
  arrived(latencyMs: number): void
  published(messages: number, deliveries: number): void
  publishBatch(size: number): void
  outcomeBatch(size: number): void
  committed(durationMs: number): void
  /** PostgreSQL was asked to carry out a statement. */
  statement(): void
  publishRejected(reason: string): void
  /** An event of the outbox became no message. */
  eventLost(reason: string): void
  /** A request to a source's URL was answered. */
  inboundEnded(type: string, outcome: string): void
  /** Requests to sources were refused faster than their records are written. */
  rejectionsDropped(count: number): void
  requestEnded(method: string, route: string, status: number, durationMs: number): void
  observe(sources: MetricSources): void
  /** Prometheus text format 0.0.4. */
  render(): Promise<string>
}

const secondBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]
const sizeBuckets = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1_000]

export function createMetrics(): Metrics {
  const registry = new Registry()
  const registers = [registry]
  observeProcess(registry)

  const histogram = (name: string, help: string, buckets: number[]) =>
    new Histogram({ name, help, buckets, registers })
  const attempts = new Counter({
    name: 'posthorn_attempts_total',
    help: 'Attempts that were recorded, by outcome',
    labelNames: ['outcome'],
    registers,
  })
  const byOutcome = {
    delivered: attempts.labels('delivered'),
    retry: attempts.labels('retry'),
    exhausted: attempts.labels('exhausted'),
  }
  // A rate over a counter that appears with its first event misses that event.
  for (const counter of Object.values(byOutcome)) counter.inc(0)
  const attemptSeconds = histogram('posthorn_attempt_duration_seconds', 'Duration of attempts', secondBuckets)
  const arrivalSeconds = histogram(
    'posthorn_publish_to_arrival_seconds',
    'From publishing to the end of the first attempt',
    secondBuckets,
  )
  const messages = new Counter({
    name: 'posthorn_messages_published_total',
    help: 'Messages stored',
    registers,
  })
  const deliveries = new Counter({
    name: 'posthorn_deliveries_created_total',
    help: 'Deliveries stored with their message',
    registers,
  })
  const publishBatch = histogram(
    'posthorn_publish_batch_size',
    'Requests stored in one transaction',
    sizeBuckets,
  )
  const outcomeBatch = histogram(
    'posthorn_outcome_batch_size',
    'Outcomes written in one transaction',
    sizeBuckets,
  )
  const commitSeconds = histogram(
    'posthorn_commit_duration_seconds',
    'Duration of transactions, fsync included',
    secondBuckets,
  )
  const statements = new Counter({
    name: 'posthorn_database_statements_total',
    help: 'Statements sent to PostgreSQL',
    registers,
  })
  const rejected = new Counter({
    name: 'posthorn_publish_rejected_total',
    help: 'Publishing requests refused, by reason',
    labelNames: ['reason'],
    registers,
  })
  const lostEvents = new Counter({
    name: 'posthorn_outbox_events_lost_total',
    help: 'Events of the outbox that became no message, by reason',
    labelNames: ['reason'],
    registers,
  })
  const inbound = new Counter({
    name: 'posthorn_inbound_requests_total',
    help: 'Requests to sources, by type of source and outcome',
    labelNames: ['type', 'outcome'],
    registers,
  })
  const droppedRejections = new Counter({
    name: 'posthorn_inbound_rejections_dropped_total',
    help: 'Refused requests to sources of which no record was kept',
    registers,
  })
  for (const reason of ['no-application', 'event-id-taken', 'set-aside']) lostEvents.inc({ reason }, 0)
  const requests = new Counter({
    name: 'posthorn_http_requests_total',
    help: 'Requests answered',
    labelNames: ['method', 'route', 'status'],
    registers,
  })
  const requestCounters = new Map<string, { inc(): void }>()
  const requestSeconds = histogram(
    'posthorn_http_request_duration_seconds',
    'Duration of requests',
    secondBuckets,
  )

  return {
    attemptEnded(outcome, durationMs) {
      byOutcome[outcome].inc()
      attemptSeconds.observe(durationMs / 1000)
    },
    arrived: (latencyMs) => arrivalSeconds.observe(latencyMs / 1000),
    published(messageCount, deliveryCount) {
      messages.inc(messageCount)
      deliveries.inc(deliveryCount)
    },
    publishBatch: (size) => publishBatch.observe(size),
    outcomeBatch: (size) => outcomeBatch.observe(size),
    committed: (durationMs) => commitSeconds.observe(durationMs / 1000),
    statement: () => statements.inc(),
    publishRejected: (reason) => rejected.inc({ reason }),
    eventLost: (reason) => lostEvents.inc({ reason }),
    inboundEnded: (type, outcome) => inbound.inc({ type, outcome }),
    rejectionsDropped: (count) => droppedRejections.inc(count),
    requestEnded(method, route, status, durationMs) {
      const key = `${method} ${route} ${status}`
      let counter = requestCounters.get(key)
      if (counter === undefined) {
        counter = requests.labels(method, route, String(status))
        requestCounters.set(key, counter)
      }
      counter.inc()
      requestSeconds.observe(durationMs / 1000)
    },
    observe: (sources) => observe(registry, sources),
    render: () => registry.metrics(),
  }
}

function gauge(registry: Registry, name: string, help: string, read: () => number | Promise<number>): void {
  const asked = new Gauge({
    name,
    help,
    registers: [],
    async collect() {
      this.set(await read())
    },
  })
  registry.registerMetric(asked)
}

function observe(registry: Registry, sources: MetricSources): void {
  gauge(registry, 'posthorn_in_flight_attempts', 'Attempts under way or not recorded yet', () =>
    sources.inFlight(),
  )
  gauge(registry, 'posthorn_lanes', 'Lanes in memory', () => sources.lanes())
  gauge(registry, 'posthorn_open_sockets', 'Sockets to endpoints', () => sources.sockets())
  gauge(registry, 'posthorn_deliveries_in_memory', 'Deliveries that wait in lanes', () => sources.inMemory())
  const backlog = backlogReader(sources)
  gauge(
    registry,
    'posthorn_deliveries_pending',
    'Unfinished deliveries in the store',
    async () => (await backlog()).deliveries,
  )
  gauge(
    registry,
    'posthorn_oldest_due_seconds',
    'For how long the oldest due delivery in the store has waited',
    async () => (await backlog()).oldestDueSeconds,
  )
}

interface Backlog {
  readonly deliveries: number
  readonly oldestDueSeconds: number
}

/** One look at the store serves both figures of a scrape. Where the store fails, they are unknown and the rest shows. */
function backlogReader(sources: Pick<MetricSources, 'pending'>): () => Promise<Backlog> {
  const ask = async (): Promise<Backlog> => {
    try {
      const { deliveries, oldestDueAt } = await sources.pending()
      const oldestDueSeconds = oldestDueAt === null ? 0 : Math.max(0, Date.now() - oldestDueAt) / 1000
      return { deliveries, oldestDueSeconds }
    } catch {
      return { deliveries: Number.NaN, oldestDueSeconds: Number.NaN }
    }
  }
  let asking: Promise<Backlog> | null = null
  return () => {
    asking ??= ask().finally(() => {
      asking = null
    })
    return asking
  }
}

/** How often the event loop is asked how late it is: an idle process wakes for nothing else. */
const lagEveryMs = 1_000

function observeProcess(registry: Registry): void {
  const registers = [registry]
  const lag = new Histogram({
    name: 'posthorn_event_loop_delay_seconds',
    help: 'How late timers fire, asked once a second',
    buckets: secondBuckets,
    registers,
  })
  let expectedAt = performance.now() + lagEveryMs
  setInterval(() => {
    const now = performance.now()
    lag.observe(Math.max(0, now - expectedAt) / 1000)
    expectedAt = now + lagEveryMs
  }, lagEveryMs).unref()
  gauge(registry, 'process_resident_memory_bytes', 'Memory of the process', () => process.memoryUsage.rss())
  let counted = 0
  const cpu = new Counter({
    name: 'process_cpu_seconds_total',
    help: 'CPU of the process, all threads',
    registers: [],
    collect() {
      const { user, system } = process.cpuUsage()
      const used = (user + system) / 1e6
      this.inc(used - counted)
      counted = used
    },
  })
  registry.registerMetric(cpu)
}
