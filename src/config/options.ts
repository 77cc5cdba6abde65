import {
  boolean,
  encryptionKey,
  integer,
  listenAddress,
  nameServers,
  number,
  oneOf,
  origins,
  type Parser,
  postgresUrl,
  schedule,
  subnets,
  text,
  url,
} from './parse.ts'

export interface Option<T> {
  readonly env: `POSTHORN_${string}`
  readonly flag: `--${string}`
  /** In the form in which a user would give it; null where unset means something of its own. */
  readonly default: string | null
  readonly parse: Parser<T>
  /** What it does and in what unit, in a sentence or two. */
  readonly text: string
  /** Its value is never shown. */
  readonly isSecret?: true
  /** A flag `--no-…` without a value stands for false. */
  readonly isNegatable?: true
}

/** An option whose value is null while it is unset. */
export interface OptionalOption<T> extends Option<T> {
  readonly default: null
}

function option<T>(
  declared: Option<T> & { readonly default: string },
): Option<T> & { readonly default: string } {
  return declared
}

function optional<T>(declared: Omit<OptionalOption<T>, 'default'>): OptionalOption<T> {
  return { ...declared, default: null }
}

const jwtAlgorithms = ['HS256', 'HS384', 'HS512', 'RS256', 'RS384', 'RS512', 'EdDSA'] as const
export type JwtAlgorithm = (typeof jwtAlgorithms)[number]

/** Every option, declared once: reader, `--help` and the reference page follow from this. */
export const options = {
  listen: option({
    env: 'POSTHORN_LISTEN',
    flag: '--listen',
    default: '127.0.0.1:8071',
    parse: listenAddress,
    text: 'Address that the API listens on. Posthorn speaks plain HTTP: put TLS in front of anything but loopback.',
  }),
  publicUrl: optional({
    env: 'POSTHORN_PUBLIC_URL',
    flag: '--public-url',
    parse: url,
    text: 'Under which URL customers reach this server, for links that it gives out. Unset: the address it listens on.',
  }),
  portalFrameOrigins: option({
    env: 'POSTHORN_PORTAL_FRAME_ORIGINS',
    flag: '--portal-frame-origins',
    default: '',
    parse: origins,
    text: 'Origins, such as https://app.example.com, whose pages may show the portal in a frame and set how it looks.',
  }),
  dataDir: option({
    env: 'POSTHORN_DATA_DIR',
    flag: '--data-dir',
    default: './data',
    parse: text,
    text: 'Directory of the embedded store and of secrets.json. One process at a time can use it.',
  }),
  databaseUrl: optional({
    env: 'POSTHORN_DATABASE_URL',
    flag: '--database-url',
    parse: postgresUrl,
    text: 'PostgreSQL (14 or newer) to use instead of the embedded store, such as postgres://user:password@host/database. Any number of processes may share it. Unset: SQLite in the data directory.',
    isSecret: true,
  }),
  databaseDirectUrl: optional({
    env: 'POSTHORN_DATABASE_DIRECT_URL',
    flag: '--database-direct-url',
    parse: postgresUrl,
    text: 'The same database without a connection pooler between, for what a pooler cannot hand on: three connections of each process, and one more for moments. Unset: POSTHORN_DATABASE_URL.',
    isSecret: true,
  }),
  databaseConnections: option({
    env: 'POSTHORN_DATABASE_CONNECTIONS',
    flag: '--database-connections',
    default: '10',
    parse: integer(1, 1_000),
    text: 'Connections to PostgreSQL for requests to the API. Each process uses up to 9 more, for sending and for itself.',
  }),
  databasePrepare: option({
    env: 'POSTHORN_DATABASE_PREPARE',
    flag: '--database-prepare',
    default: 'true',
    parse: boolean,
    text: 'Use prepared statements. Set it to false for a connection pooler in transaction mode that does not know of them, such as PgBouncer before 1.21: statements fail there otherwise.',
  }),
  leaseMs: option({
    env: 'POSTHORN_LEASE_MS',
    flag: '--lease-ms',
    default: '15000',
    parse: integer(1_000, 600_000),
    text: 'Milliseconds after which a process on PostgreSQL that says nothing counts as dead, and others send what it had. It speaks three times as often.',
  }),
  dispatch: option({
    env: 'POSTHORN_DISPATCH',
    flag: '--dispatch',
    default: 'true',
    parse: boolean,
    isNegatable: true,
    text: 'Send webhooks from this process. False leaves that to the other processes on the database.',
  }),
  api: option({
    env: 'POSTHORN_API',
    flag: '--api',
    default: 'true',
    parse: boolean,
    isNegatable: true,
    text: 'Serve the API from this process. False leaves only health and metrics.',
  }),
  jwtSecret: optional({
    env: 'POSTHORN_JWT_SECRET',
    flag: '--jwt-secret',
    parse: text,
    text: 'Keys of the API tokens, separated by commas: the first signs, all verify. For HS algorithms texts of at least 32 characters, for others PEM texts or their base64. Unset: made at the first start and kept in secrets.json.',
    isSecret: true,
  }),
  jwtAlgorithm: option({
    env: 'POSTHORN_JWT_ALGORITHM',
    flag: '--jwt-algorithm',
    default: 'HS256',
    parse: oneOf(...jwtAlgorithms),
    text: 'The only algorithm that API tokens are accepted in.',
  }),
  encryptionKey: optional({
    env: 'POSTHORN_ENCRYPTION_KEY',
    flag: '--encryption-key',
    parse: encryptionKey,
    text: 'Encrypts endpoint secrets and headers in the store, as base64 of 32 bytes. Unset: made at the first start and kept in secrets.json.',
    isSecret: true,
  }),
  maxPayloadBytes: option({
    env: 'POSTHORN_MAX_PAYLOAD_BYTES',
    flag: '--max-payload-bytes',
    default: '1048576',
    parse: integer(1_024, 64 * 1024 * 1024),
    text: 'Longest payload of a message, in bytes; a longer one is answered by 413.',
  }),
  receiveTimeoutMs: option({
    env: 'POSTHORN_RECEIVE_TIMEOUT_MS',
    flag: '--receive-timeout-ms',
    default: '30000',
    parse: integer(1_000, 600_000),
    text: 'Milliseconds that a request to the API may take to arrive; a slower one is answered by 408.',
  }),
  allowSubnets: option({
    env: 'POSTHORN_ALLOW_SUBNETS',
    flag: '--allow-subnets',
    default: '',
    parse: subnets,
    text: 'CIDRs that webhooks may be sent to although they are private, loopback or otherwise special.',
  }),
  httpsOnly: option({
    env: 'POSTHORN_HTTPS_ONLY',
    flag: '--https-only',
    default: 'false',
    parse: boolean,
    text: 'Refuse endpoints whose URL is not https.',
  }),
  retryScheduleMs: option({
    env: 'POSTHORN_RETRY_SCHEDULE',
    flag: '--retry-schedule',
    default: '5,300,1800,7200,18000,36000,36000',
    parse: schedule,
    text: 'Seconds to wait before each further attempt, after the first one at once; each varies by 20 %. Event types and endpoints may have their own. Empty: no retry.',
  }),
  signatureHeaders: option({
    env: 'POSTHORN_SIGNATURE_HEADERS',
    flag: '--signature-headers',
    default: 'webhook',
    parse: oneOf('webhook', 'svix', 'both'),
    text: 'Names of the signature headers: webhook-* of Standard Webhooks, svix-*, or both.',
  }),
  defaultSignature: option({
    env: 'POSTHORN_DEFAULT_SIGNATURE',
    flag: '--default-signature',
    default: 'hmac256',
    parse: oneOf('hmac256', 'ed25519'),
    text: 'Kind of secret that a new endpoint gets: symmetric (v1) or asymmetric (v1a).',
  }),
  requestTimeoutMs: option({
    env: 'POSTHORN_REQUEST_TIMEOUT_MS',
    flag: '--request-timeout-ms',
    default: '15000',
    parse: integer(100, 120_000),
    text: 'Milliseconds that one attempt may take in all, from resolving the name to the last byte of the answer.',
  }),
  disableAfterHours: option({
    env: 'POSTHORN_DISABLE_AFTER_HOURS',
    flag: '--disable-after-hours',
    default: '120',
    parse: number(0, 24 * 365),
    text: 'Hours of nothing but failures after which an endpoint is disabled; 0 for never.',
  }),
  maxInFlight: option({
    env: 'POSTHORN_MAX_IN_FLIGHT',
    flag: '--max-in-flight',
    default: '1000',
    parse: integer(4, 100_000),
    text: 'Attempts that may be under way at once.',
  }),
  maxLaneDeliveries: option({
    env: 'POSTHORN_MAX_LANE_DELIVERIES',
    flag: '--max-lane-deliveries',
    default: '500',
    parse: integer(2, 100_000),
    text: 'Deliveries of one endpoint that are held in memory; more wait in the store.',
  }),
  maxMemoryBytes: option({
    env: 'POSTHORN_MAX_MEMORY_BYTES',
    flag: '--max-memory-bytes',
    default: '268435456',
    parse: integer(1_048_576, 1_099_511_627_776),
    text: 'Bytes of deliveries of all endpoints that are held in memory; more wait in the store.',
  }),
  retentionDays: option({
    env: 'POSTHORN_RETENTION_DAYS',
    flag: '--retention-days',
    default: '90',
    parse: integer(1, 3_650),
    text: 'Days that messages, attempts, statistics and ended background tasks are kept. A message that has yet to reach an endpoint stays until it has ended there. The same in every process on one database.',
  }),
  diskReserveBytes: option({
    env: 'POSTHORN_DISK_RESERVE_BYTES',
    flag: '--disk-reserve-bytes',
    default: '67108864',
    parse: integer(0, 1_099_511_627_776),
    text: 'Free bytes on the disk of the store below which publishing stops, so that outcomes still have room.',
  }),
  dnsServers: option({
    env: 'POSTHORN_DNS_SERVERS',
    flag: '--dns-servers',
    default: '',
    parse: nameServers,
    text: 'Name servers that resolve the hosts of endpoints. Empty: those of the system.',
  }),
  logLevel: option({
    env: 'POSTHORN_LOG_LEVEL',
    flag: '--log-level',
    default: 'info',
    parse: oneOf('fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'),
    text: 'The least severe level that is logged.',
  }),
  logFormat: option({
    env: 'POSTHORN_LOG_FORMAT',
    flag: '--log-format',
    default: 'auto',
    parse: oneOf('auto', 'json', 'pretty'),
    text: 'JSON lines, or lines for people; auto chooses by whether the output is a terminal.',
  }),
} as const

export type OptionName = keyof typeof options

type ValueOf<O> =
  O extends OptionalOption<infer T> ? T | null : O extends { readonly parse: Parser<infer T> } ? T : never

/** The configuration as the program sees it. */
export type Config = { readonly [Name in OptionName]: ValueOf<(typeof options)[Name]> }
