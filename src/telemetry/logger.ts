import { pino } from 'pino'
import { build as pretty } from 'pino-pretty'
import type { Config } from '#config/options.ts'

export type Logger = Pick<pino.Logger, 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'flush'>

/** Wherever these names stand in what is logged, their values are left out. */
const secretNames = [
  'authorization',
  'token',
  'secret',
  'key',
  'payload',
  'body',
  'sealedSecrets',
  'sealedHeaders',
]

/** JSON lines, or lines for people on a terminal. Secrets and payloads are never in them. */
export function createLogger({ logLevel, logFormat }: Pick<Config, 'logLevel' | 'logFormat'>): Logger {
  const settings: pino.LoggerOptions = {
    level: logLevel,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    redact: { paths: secretNames.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]), remove: true },
  }
  const isPretty = logFormat === 'pretty' || (logFormat === 'auto' && process.stdout.isTTY)
  // Synchronous: what is logged before the process ends is seen, whatever ends it.
  return isPretty
    ? pino(settings, pretty({ sync: true, translateTime: 'SYS:HH:MM:ss', ignore: 'pid,hostname' }))
    : pino(settings, pino.destination({ dest: 1, sync: true }))
}
