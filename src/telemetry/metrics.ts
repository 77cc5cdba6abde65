import { Counter, Gauge, Histogram, Registry } from 'prom-client'

export type AttemptEnd = 'delivered' | 'retry' | 'exhausted'

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
  publishRejected(reason: string): void
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
  const rejected = new Counter({
    name: 'posthorn_publish_rejected_total',
    help: 'Publishing requests refused, by reason',
    labelNames: ['reason'],
    registers,
  })
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
    publishRejected: (reason) => rejected.inc({ reason }),
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

function observe(registry: Registry, sources: MetricSources): void {
  const registers = [registry]
  const gauge = (name: string, help: string, read: () => number) =>
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(read())
      },
    })
  gauge('posthorn_in_flight_attempts', 'Attempts under way or not recorded yet', () => sources.inFlight())
  gauge('posthorn_lanes', 'Lanes in memory', () => sources.lanes())
  gauge('posthorn_open_sockets', 'Sockets to endpoints', () => sources.sockets())
  gauge('posthorn_deliveries_in_memory', 'Deliveries that wait in lanes', () => sources.inMemory())
  observeBacklog(registers, () => sources.pending())
}

/** One look at the store serves both figures of a scrape. Where the store fails, they are unknown and the rest shows. */
function observeBacklog(registers: Registry[], pending: MetricSources['pending']): void {
  let looking: Promise<readonly [deliveries: number, oldestDueSeconds: number]> | null = null
  const look = (): Promise<readonly [number, number]> => {
    looking ??= pending()
      .then(
        ({ deliveries, oldestDueAt }) =>
          [deliveries, oldestDueAt === null ? 0 : Math.max(0, Date.now() - oldestDueAt) / 1000] as const,
        () => [Number.NaN, Number.NaN] as const,
      )
      .finally(() => {
        looking = null
      })
    return looking
  }
  new Gauge({
    name: 'posthorn_deliveries_pending',
    help: 'Unfinished deliveries in the store',
    registers,
    async collect() {
      this.set((await look())[0])
    },
  })
  new Gauge({
    name: 'posthorn_oldest_due_seconds',
    help: 'For how long the oldest due delivery in the store has waited',
    registers,
    async collect() {
      this.set((await look())[1])
    },
  })
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
  new Gauge({
    name: 'process_resident_memory_bytes',
    help: 'Memory of the process',
    registers,
    collect() {
      this.set(process.memoryUsage.rss())
    },
  })
  let counted = 0
  new Counter({
    name: 'process_cpu_seconds_total',
    help: 'CPU of the process, all threads',
    registers,
    collect() {
      const { user, system } = process.cpuUsage()
      const used = (user + system) / 1e6
      this.inc(used - counted)
      counted = used
    },
  })
}
