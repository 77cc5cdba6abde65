import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'

interface Line {
  readonly level: string
  readonly time: string
  readonly msg: string
  readonly [field: string]: unknown
}

/** What a process writes that runs this with a `logger` and ends at once, hard. */
function written(run: string, settings = { logLevel: 'info', logFormat: 'auto' }): string {
  const program = `
    const { createLogger } = await import(${JSON.stringify(join(import.meta.dirname, 'logger.ts'))})
    const logger = createLogger(${JSON.stringify(settings)})
    ${run}
    process.kill(process.pid, 'SIGKILL')`
  try {
    return execFileSync(process.execPath, ['--input-type=module', '--eval', program], { encoding: 'utf8' })
  } catch (error) {
    const { signal, stdout } = error as { signal: string | null; stdout: string }
    if (signal !== 'SIGKILL') throw error
    return stdout
  }
}

function lines(run: string, settings?: Parameters<typeof written>[1]): readonly Line[] {
  return written(run, settings)
    .trim()
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Line)
}

describe('the log', () => {
  test('is JSON lines with the level as a word where nobody watches, on the disk before the process can die', () => {
    const [line, ...more] = lines(`logger.info({ endpointId: 'ep_1' }, 'endpoint disabled')`)
    expect(more).toEqual([])
    expect(line).toEqual({
      level: 'info',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/) as string,
      endpointId: 'ep_1',
      msg: 'endpoint disabled',
    })
  })

  test('is lines for people where that is asked for', () => {
    const text = written(`logger.warn({ count: 3 }, 'recovered')`, { logLevel: 'info', logFormat: 'pretty' })
    expect(text).toMatch(/WARN.*recovered/)
    expect(text).toContain('count: 3')
  })

  test('holds what is at least as severe as its level', () => {
    const all = `for (const level of ['debug', 'info', 'warn', 'error', 'fatal']) logger[level](level)`
    const of = (logLevel: string) => lines(all, { logLevel, logFormat: 'json' }).map(({ msg }) => msg)
    expect(of('debug')).toEqual(['debug', 'info', 'warn', 'error', 'fatal'])
    expect(of('warn')).toEqual(['warn', 'error', 'fatal'])
    expect(of('silent')).toEqual([])
  })

  test('holds no secret and no payload, at any of three levels, in either format', () => {
    const secrets = `{
      authorization: 'Bearer leak', Authorization: 'leak', cookie: 'leak', token: 'leak', secret: 'leak',
      secrets: { encryptionKey: 'leak' }, key: 'leak', jwtSecret: 'leak', jwtKeys: ['leak'],
      encryptionKey: 'leak', databaseUrl: 'leak', payload: { a: 'leak' }, body: 'leak', sealedSecrets: ['leak'],
      sealedHeaders: 'leak',
    }`
    const run = `
      const secrets = () => (${secrets})
      logger.info({ id: 'kept', ...secrets(), request: { path: '/kept', ...secrets(), headers: secrets() } }, 'told')`
    for (const logFormat of ['json', 'pretty']) {
      const text = written(run, { logLevel: 'info', logFormat })
      expect(text).toContain('told')
      expect(text).toContain('/kept')
      expect(text).not.toContain('leak')
    }
  })
})
