import { describe, expect, test } from 'vitest'
import { type Config, options } from './options.ts'
import { type Given, readConfig } from './read.ts'

function read(given: Partial<Given>): Config {
  const result = readConfig({ env: {}, flags: {}, ...given })
  if ('problems' in result) throw new Error(result.problems.join('\n'))
  return result.config
}

function problems(given: Partial<Given>): readonly string[] {
  const result = readConfig({ env: {}, flags: {}, ...given })
  return 'problems' in result ? result.problems : []
}

describe('the configuration', () => {
  test('of nothing given is the defaults', () => {
    expect(read({})).toEqual({
      listen: { host: '127.0.0.1', port: 8071 },
      publicUrl: null,
      portalFrameOrigins: [],
      dataDir: './data',
      databaseUrl: null,
      databaseDirectUrl: null,
      databaseConnections: 10,
      databasePrepare: true,
      leaseMs: 15_000,
      dispatch: true,
      api: true,
      jwtSecret: null,
      jwtAlgorithm: 'HS256',
      encryptionKey: null,
      maxPayloadBytes: 1_048_576,
      receiveTimeoutMs: 30_000,
      allowSubnets: [],
      httpsOnly: false,
      retryScheduleMs: [5_000, 300_000, 1_800_000, 7_200_000, 18_000_000, 36_000_000, 36_000_000],
      signatureHeaders: 'webhook',
      defaultSignature: 'hmac256',
      requestTimeoutMs: 15_000,
      disableAfterHours: 120,
      maxInFlight: 1_000,
      maxLaneDeliveries: 500,
      retentionDays: 90,
      maxMemoryBytes: 268_435_456,
      diskReserveBytes: 67_108_864,
      dnsServers: [],
      logLevel: 'info',
      logFormat: 'auto',
    } satisfies Config)
  })

  test('takes a flag before the environment, and the environment before the default', () => {
    const env = { POSTHORN_MAX_IN_FLIGHT: '20', POSTHORN_RETRY_SCHEDULE: '' }
    expect(read({ env })).toMatchObject({ maxInFlight: 20, retryScheduleMs: [] })
    expect(read({ env, flags: { maxInFlight: '30' } })).toMatchObject({ maxInFlight: 30 })
  })

  test('does not look at a variable that a flag overrules', () => {
    expect(read({ env: { POSTHORN_LISTEN: 'nowhere' }, flags: { listen: '[::1]:1' } }).listen).toEqual({
      host: '::1',
      port: 1,
    })
  })

  test('leaves the variables of others and of clients alone', () => {
    expect(
      problems({
        env: {
          PATH: '/bin',
          POSTHORNS: '1',
          POSTHORN_TOKEN: 'x',
          POSTHORN_SERVER: 'y',
          POSTHORN_SECRET: 'z',
        },
      }),
    ).toEqual([])
  })
})

describe('a wrong option', () => {
  test('is named as it was given, with its value and what is accepted', () => {
    expect(problems({ env: { POSTHORN_MAX_IN_FLIGHT: '0' } })).toEqual([
      'POSTHORN_MAX_IN_FLIGHT is "0"; accepted is a whole number from 4 to 100000',
    ])
    expect(problems({ env: { POSTHORN_HTTPS_ONLY: 'true' }, flags: { httpsOnly: 'maybe' } })).toEqual([
      '--https-only is "maybe"; accepted is true or false',
    ])
  })

  test('stays one line even where its value has several', () => {
    const [problem = ''] = problems({ env: { POSTHORN_LISTEN: 'a\nb\u001b[31m' } })
    expect(problem).toContain(String.raw`is "a\nb\u001b[31m"; accepted`)
  })

  test('does not hide another one', () => {
    expect(problems({ env: { POSTHORN_LOG_LEVEL: 'loud', POSTHORN_LISTEN: 'x' } })).toHaveLength(2)
  })

  test('that is a secret is named without its value', () => {
    const secret = 'hunter2-hunter2'
    const env = { POSTHORN_ENCRYPTION_KEY: secret, POSTHORN_DATABASE_URL: `mysql://u:${secret}@db` }
    const found = problems({ env })
    expect(found).toHaveLength(2)
    expect(found.join()).not.toContain(secret)
    expect(found.join()).toContain('POSTHORN_ENCRYPTION_KEY is (not shown); accepted is base64 of 32 bytes')
  })

  test.each([
    ['POSTHORN_LISTN', 'did you mean POSTHORN_LISTEN?'],
    ['POSTHORN_RETRY_SCHEDULES', 'did you mean POSTHORN_RETRY_SCHEDULE?'],
    ['POSTHORN_MAX_INFLIGHT', 'did you mean POSTHORN_MAX_IN_FLIGHT?'],
  ])('whose name %s is misspelt brings the right one', (name, hint) => {
    const found = problems({ env: { [name]: '1' } })
    expect(found).toHaveLength(1)
    expect(found[0]).toContain(`${name} is no option; ${hint}`)
  })

  test('whose name resembles none brings no guess', () => {
    expect(problems({ env: { POSTHORN_SOMETHING_ELSE: '1' } })).toEqual([
      'POSTHORN_SOMETHING_ELSE is no option (posthorn serve --help lists them)',
    ])
  })
})

describe('every option', () => {
  test.each(Object.entries(options))(
    '%s has names that follow from each other and a sentence',
    (_, option) => {
      expect(option.env).toMatch(/^POSTHORN_[A-Z_]+$/)
      expect(option.flag).toBe(`--${option.env.slice('POSTHORN_'.length).toLowerCase().replaceAll('_', '-')}`)
      expect(option.text).toMatch(/^[A-Z].*\.$/)
      expect(option.default === null || 'value' in option.parse(option.default)).toBe(true)
    },
  )

  test('that holds a secret is marked as one', () => {
    const marked = Object.entries(options).filter(([, option]) => 'isSecret' in option)
    expect(marked.map(([name]) => name)).toEqual([
      'databaseUrl',
      'databaseDirectUrl',
      'jwtSecret',
      'encryptionKey',
    ])
  })
})
