import type { RecordedAttempt } from '#core/attempt.ts'
import type { Delivery } from '#core/delivery.ts'
import { StoreUnavailable } from '#core/errors.ts'
import { exchangeText } from '#core/exchange.ts'
import { newId } from '#core/ids.ts'
import { type Answer, type Judged, judge } from '#core/verdict.ts'
import type { HttpRequest, HttpResult } from '#http/client.ts'
import { reach } from '#lib/crash-point.ts'
import type { Engine } from '#storage/storage.ts'
import { type RequestSettings, signedRequest } from './request.ts'
import type { Target } from './target.ts'

export interface RunnerSettings extends RequestSettings {
  readonly retryScheduleMs: readonly number[]
}

export interface Run {
  readonly judged: Judged
  readonly attempt: Omit<RecordedAttempt, 'seq'>
  readonly endedAt: number
  /** The answer was longer than what is read of one. */
  readonly isCut: boolean
}

/** An event type's schedule is asked for only after failures, and its answer kept this long. */
const scheduleFreshForMs = 1_000
const maxCachedSchedules = 10_000

/** Makes one attempt: signs, sends, judges. Never rejects for anything the endpoint does. */
export class AttemptRunner {
  readonly #client: { post(request: HttpRequest): Promise<HttpResult> }
  readonly #storage: Pick<Engine, 'findRetrySchedule'>
  readonly #settings: RunnerSettings
  readonly #schedules = new Map<
    string,
    { readonly scheduleMs: readonly number[] | null; readonly readAt: number }
  >()

  constructor(
    client: { post(request: HttpRequest): Promise<HttpResult> },
    storage: Pick<Engine, 'findRetrySchedule'>,
    settings: RunnerSettings,
  ) {
    this.#client = client
    this.#storage = storage
    this.#settings = settings
  }

  async run(target: Target, delivery: Delivery): Promise<Run> {
    const startedAt = Date.now()
    const { message } = delivery
    if (message.payload === null) return this.#withoutContent(target, delivery, startedAt)
    const request = signedRequest(target, { ...message, payload: message.payload }, startedAt, this.#settings)
    const result = await this.#client.post(request)
    reach('after-send')
    const endedAt = Date.now()
    const scheduleMs = await this.#scheduleFor(target, delivery, result, endedAt)
    const judged = judge(result, delivery, target.endpoint.successRule, scheduleMs, endedAt, Math.random())
    const isCut = result.kind === 'response' && result.isCut
    const exchange = exchangeOf(request.sent, result)
    const attempt = record(target, delivery, judged, startedAt, result.durationMs, exchange)
    return { judged, attempt, endedAt, isCut }
  }

  #withoutContent(target: Target, delivery: Delivery, now: number): Run {
    const judged: Judged = {
      verdict: { kind: 'giveUp', reason: 'no-content' },
      status: 'fail',
      responseStatus: 0,
      responseBody: 'not sent: the payload has expired or was expunged',
      disable: null,
      isOverloaded: false,
    }
    return { judged, attempt: record(target, delivery, judged, now, 0, null), endedAt: now, isCut: false }
  }

  /** The endpoint's own schedule, else its event type's, else the server's; a success needs none. */
  async #scheduleFor(
    target: Target,
    delivery: Delivery,
    answer: Answer,
    now: number,
  ): Promise<readonly number[]> {
    const own = target.endpoint.retryScheduleMs
    if (own !== null) return own
    const isPlainSuccess =
      answer.kind === 'response' && answer.status < 300 && target.endpoint.successRule === null
    if (isPlainSuccess || delivery.trigger === 'manual') return this.#settings.retryScheduleMs
    const key = `${delivery.appId} ${delivery.message.eventType}`
    let known = this.#schedules.get(key)
    if (known === undefined || now - known.readAt > scheduleFreshForMs) {
      try {
        const scheduleMs = await this.#storage.findRetrySchedule(delivery.appId, delivery.message.eventType)
        known = { scheduleMs, readAt: now }
        if (this.#schedules.size >= maxCachedSchedules) this.#schedules.clear()
        this.#schedules.set(key, known)
      } catch (error) {
        // What was sent is recorded in any case: by the schedule that was last known, while the store is away.
        if (!(error instanceof StoreUnavailable)) throw error
      }
    }
    return known?.scheduleMs ?? this.#settings.retryScheduleMs
  }
}

function exchangeOf(sent: string, result: HttpResult): string | null {
  if (result.kind === 'response') return exchangeText(sent, result.headers)
  return result.isSent ? sent : null
}

function record(
  target: Target,
  delivery: Delivery,
  judged: Judged,
  startedAt: number,
  durationMs: number,
  exchange: string | null,
): Omit<RecordedAttempt, 'seq'> {
  return {
    appId: delivery.appId,
    id: newId('atmpt_', startedAt),
    messageSeq: delivery.messageSeq,
    messageId: delivery.message.id,
    endpointId: delivery.endpointId,
    url: target.endpoint.url,
    trigger: delivery.trigger,
    status: judged.status,
    responseStatus: judged.responseStatus,
    responseBody: judged.responseBody,
    durationMs: Math.round(durationMs),
    startedAt,
    exchange,
  }
}
