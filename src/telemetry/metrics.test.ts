import { setTimeout as wait } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { createMetrics, type Metrics, type MetricSources } from './metrics.ts'

const idle: MetricSources = {
  pending: () => Promise.resolve({ deliveries: 0, oldestDueAt: null }),
  inFlight: () => 0,
  lanes: () => 0,
  sockets: () => 0,
  inMemory: () => 0,
}

const sampleLine =
  /^(?<sample>(?<name>[a-z_]+)(?:\{[a-z_]+="[^"\n]*"(?:,[a-z_]+="[^"\n]*")*\})?) (?<value>[-+\d.e]+|Nan)$/

/** Samples by name and labels; the text must follow the format line by line. */
async function samplesOf(metrics: Metrics): Promise<ReadonlyMap<string, number>> {
  const samples = new Map<string, number>()
  const typed = new Set<string>()
  for (const line of (await metrics.render()).split('\n')) {
    const type = /^# TYPE ([a-z_]+) (?:counter|gauge|histogram)$/.exec(line)?.[1]
    if (type !== undefined) typed.add(type)
    if (line === '' || line.startsWith('# ')) continue
    const { sample = '', name = '', value = '' } = sampleLine.exec(line)?.groups ?? {}
    const isTyped = typed.has(name) || typed.has(name.replace(/_(?:bucket|sum|count)$/, ''))
    if (!isTyped || samples.has(sample)) throw new Error(`no sample of its own: ${line}`)
    samples.set(sample, Number(value))
  }
  return samples
}

describe('the metrics', () => {
  test('count what happened, by outcome, reason, route and status', async () => {
    const metrics = createMetrics()
    metrics.attemptEnded('delivered', 20)
    metrics.attemptEnded('delivered', 2_000)
    metrics.attemptEnded('retry', 100)
    metrics.attemptEnded('exhausted', 100)
    metrics.arrived(1.5)
    metrics.published(2, 7)
    metrics.published(1, 0)
    metrics.publishBatch(3)
    metrics.outcomeBatch(40)
    metrics.committed(4)
    metrics.publishRejected('overloaded')
    metrics.eventLost('no-application')
    metrics.requestEnded('GET', '/api/v1/app/{app_id}', 200, 3)
    metrics.requestEnded('GET', '/api/v1/app/{app_id}', 200, 3)
    metrics.requestEnded('GET', '/api/v1/app/{app_id}', 404, 3)
    const samples = await samplesOf(metrics)
    const expected = {
      'posthorn_attempts_total{outcome="delivered"}': 2,
      'posthorn_attempts_total{outcome="retry"}': 1,
      'posthorn_attempts_total{outcome="exhausted"}': 1,
      posthorn_attempt_duration_seconds_count: 4,
      'posthorn_attempt_duration_seconds_bucket{le="0.1"}': 3,
      'posthorn_attempt_duration_seconds_bucket{le="+Inf"}': 4,
      'posthorn_publish_to_arrival_seconds_bucket{le="0.001"}': 0,
      'posthorn_publish_to_arrival_seconds_bucket{le="0.0025"}': 1,
      posthorn_messages_published_total: 3,
      posthorn_deliveries_created_total: 7,
      posthorn_publish_batch_size_sum: 3,
      'posthorn_outcome_batch_size_bucket{le="32"}': 0,
      'posthorn_outcome_batch_size_bucket{le="64"}': 1,
      posthorn_commit_duration_seconds_sum: 0.004,
      'posthorn_publish_rejected_total{reason="overloaded"}': 1,
      'posthorn_outbox_events_lost_total{reason="no-application"}': 1,
      'posthorn_outbox_events_lost_total{reason="event-id-taken"}': 0,
      'posthorn_http_requests_total{method="GET",route="/api/v1/app/{app_id}",status="200"}': 2,
      'posthorn_http_requests_total{method="GET",route="/api/v1/app/{app_id}",status="404"}': 1,
      posthorn_http_request_duration_seconds_count: 3,
    }
    for (const [sample, value] of Object.entries(expected)) {
      expect({ sample, value: samples.get(sample) }).toEqual({ sample, value })
    }
    expect(samples.get('posthorn_attempt_duration_seconds_sum')).toBeCloseTo(2.22)
  })

  test('show every outcome from the start, so that a rate over it has a beginning', async () => {
    const samples = await samplesOf(createMetrics())
    for (const outcome of ['delivered', 'retry', 'exhausted']) {
      expect(samples.get(`posthorn_attempts_total{outcome="${outcome}"}`)).toBe(0)
    }
  })

  test('of two servers in one process are apart', async () => {
    const one = createMetrics()
    one.published(5, 5)
    expect((await samplesOf(createMetrics())).get('posthorn_messages_published_total')).toBe(0)
  })

  test('read what is waiting and under way when they are asked, with one look at the store', async () => {
    const metrics = createMetrics()
    let looks = 0
    let inFlight = 3
    metrics.observe({
      pending: async () => {
        looks++
        await wait(1)
        return { deliveries: 10 * looks, oldestDueAt: Date.now() - 60_000 * looks }
      },
      inFlight: () => inFlight,
      lanes: () => 4,
      sockets: () => 5,
      inMemory: () => 6,
    })
    const first = await samplesOf(metrics)
    expect(looks).toBe(1)
    expect(first.get('posthorn_deliveries_pending')).toBe(10)
    expect(first.get('posthorn_oldest_due_seconds')).toBeCloseTo(60, 0)
    expect(first.get('posthorn_in_flight_attempts')).toBe(3)
    expect(first.get('posthorn_lanes')).toBe(4)
    expect(first.get('posthorn_open_sockets')).toBe(5)
    expect(first.get('posthorn_deliveries_in_memory')).toBe(6)
    inFlight = 0
    const second = await samplesOf(metrics)
    expect(looks).toBe(2)
    expect(second.get('posthorn_deliveries_pending')).toBe(20)
    expect(second.get('posthorn_oldest_due_seconds')).toBeCloseTo(120, 0)
    expect(second.get('posthorn_in_flight_attempts')).toBe(0)
  })

  test('say that nothing is late while nothing is due', async () => {
    const metrics = createMetrics()
    metrics.observe(idle)
    expect((await samplesOf(metrics)).get('posthorn_oldest_due_seconds')).toBe(0)
  })

  test('still show the rest while the store fails, and what it hides is unknown, not zero', async () => {
    const metrics = createMetrics()
    let isFailing = true
    metrics.observe({
      ...idle,
      pending: () => (isFailing ? Promise.reject(new Error('disk I/O error')) : idle.pending()),
    })
    const failing = await samplesOf(metrics)
    expect(failing.get('posthorn_deliveries_pending')).toBeNaN()
    expect(failing.get('posthorn_oldest_due_seconds')).toBeNaN()
    expect(failing.get('posthorn_messages_published_total')).toBe(0)
    isFailing = false
    expect((await samplesOf(metrics)).get('posthorn_deliveries_pending')).toBe(0)
  })

  test('show the memory and the CPU of the process, which only grows', async () => {
    const metrics = createMetrics()
    const first = await samplesOf(metrics)
    const usedBefore = process.cpuUsage()
    while (process.cpuUsage(usedBefore).user < 20_000);
    const second = await samplesOf(metrics)
    const cpu = 'process_cpu_seconds_total'
    expect(first.get('process_resident_memory_bytes')).toBeGreaterThan(10_000_000)
    expect((second.get(cpu) ?? 0) - (first.get(cpu) ?? 0)).toBeGreaterThanOrEqual(0.019)
    const { user, system } = process.cpuUsage()
    expect(second.get(cpu)).toBeLessThanOrEqual((user + system) / 1e6)
  })
})
