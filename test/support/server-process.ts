import { armCrashPoint, type CrashPoint, type CrashSignal } from '#lib/crash-point.ts'
import { readConfig } from '#config/read.ts'
import { loadSecrets } from '#config/secrets.ts'
import { startApp } from '#src/app.ts'
import { createLogger } from '#telemetry/logger.ts'
import { createMetrics } from '#telemetry/metrics.ts'

/**
 * The server in a process that a test can kill. `CRASH_AT=point:visits` makes it kill itself there: points of the store
 * in the thread that writes, the others here.
 */

const { CRASH_AT, ...env } = process.env
const [point, visits, signal] = (CRASH_AT ?? '').split(':')
const crashAt = CRASH_AT === undefined ? null : { point: point as CrashPoint, visits: Number(visits) }

const read = readConfig({
  env: Object.fromEntries(Object.entries(env).filter(([name]) => name.startsWith('POSTHORN_'))),
  flags: {},
})
if ('problems' in read) throw new Error(read.problems.join('\n'))
if (crashAt !== null) armCrashPoint(crashAt.point, crashAt.visits, signal as CrashSignal)
const app = await startApp(read.config, {
  logger: createLogger(read.config),
  metrics: createMetrics(),
  secrets: loadSecrets(read.config),
  crashAt,
})
process.on('SIGTERM', () => {
  void app[Symbol.asyncDispose]().then(() => process.exit(0))
})
process.send?.({ url: app.url })
