/** How many attempts one endpoint may have under way: grows while it answers in time, halves when it struggles. */
export interface Concurrency {
  readonly limit: number
  readonly max: number
}

const startLimit = 16
const maxConcurrency = 256

export function startConcurrency(max = maxConcurrency): Concurrency {
  return { limit: Math.min(startLimit, max), max }
}

/** One answer in time: one more for each full round of answers, as TCP's congestion avoidance does. */
export function grown(concurrency: Concurrency): Concurrency {
  const limit = Math.min(concurrency.max, concurrency.limit + 1 / concurrency.limit)
  return limit === concurrency.limit ? concurrency : { limit, max: concurrency.max }
}

export function halved(concurrency: Concurrency): Concurrency {
  return { limit: Math.max(1, concurrency.limit / 2), max: concurrency.max }
}
