import { pino } from 'pino'
import { build as pretty } from 'pino-pretty'

interface LoggerSettings {
  readonly logLevel: pino.LevelWithSilent
  /** `auto` chooses by whether the output is a terminal. */
  readonly logFormat: 'auto' | 'json' | 'pretty'
}

export type Logger = Pick<pino.Logger, 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'flush'>

/** Where these names stand in what is logged, up to three levels deep, their values are left out. */
const secretNames = [
  'authorization',
  'Authorization',
  'cookie',
  'token',
  'secret',
  'secrets',
  'key',
  'jwtSecret',
  'jwtKeys',
  'encryptionKey',
  'databaseUrl',
  'payload',
  'body',
  'sealedSecrets',
  'sealedHeaders',
]

/** JSON lines, or lines for people on a terminal. Secrets and payloads are never in them. */
export function createLogger({ logLevel, logFormat }: LoggerSettings): Logger {
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
