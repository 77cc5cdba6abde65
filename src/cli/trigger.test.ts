import { spawn } from 'node:child_process'
import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { genericProvider, providers } from '#inbound/providers/providers.ts'
import { settingsFor } from '#test/support/inbound-senders.ts'
import { type Receiver, startReceiver } from '#test/support/receiver.ts'
import { type Running, start } from '#test/support/start-app.ts'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { eventsOf } from './samples/samples.ts'
import { triggerCommand } from './trigger.ts'

const main = join(import.meta.dirname, '../main.ts')

let folder: string
let receiver: Receiver
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'posthorn-trigger-'))
  receiver = await startReceiver()
})
afterAll(async () => {
  await receiver[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true, force: true })
})
beforeEach(() => receiver.behave(() => ({ status: 204 })))
afterEach(() => {
  vi.restoreAllMocks()
  process.exitCode = undefined
})

interface Ended {
  readonly code: string | number
  readonly output: string
}

/** The command in this process: what it prints, and what it would end with. */
async function trigger(...args: readonly string[]): Promise<Ended> {
  const lines: string[] = []
  vi.spyOn(console, 'log').mockImplementation((line: string) => void lines.push(line))
  vi.spyOn(console, 'error').mockImplementation((line: string) => void lines.push(line))
  process.exitCode = undefined
  await triggerCommand().exitOverride().parseAsync(args, { from: 'user' })
  return { code: process.exitCode ?? 0, output: lines.join('\n') }
}

let files = 0
function fileWith(bytes: string | Uint8Array): string {
  const file = join(folder, `file-${++files}`)
  writeFileSync(file, bytes)
  return file
}

/** Of the providers whose requests need a key that nobody else has. */
const onlyTheirs: Readonly<Record<string, string>> = {
  'aws-sns': 'a certificate of AWS',
  'azure-event-grid-entra': 'a token of Entra ID',
  'google-pubsub': 'a token of Google',
  'microsoft-graph': 'a subscription’s clientState in a body of its own',
  paypal: 'a certificate of PayPal',
}

describe('a source of each type takes what trigger sends', () => {
  let app: Running
  beforeAll(async () => {
    app = await start()
  })
  afterAll(() => app[Symbol.asyncDispose]())

  async function sourceOf(
    type: string,
    config: unknown,
  ): Promise<{
    readonly id: string
    /** As the provider would have it, and is to sign it. */
    readonly ingestUrl: string
    readonly to: string
  }> {
    const response = await fetch(`${app.url}/ingest/api/v1/source`, {
      method: 'POST',
      headers: { authorization: `Bearer ${app.token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ type, name: `Of ${type}`, config }),
    })
    expect([type, response.status]).toEqual([type, 201])
    const { id, ingestUrl } = (await response.json()) as { id: string; ingestUrl: string }
    return { id, ingestUrl, to: `${app.url}${new URL(ingestUrl).pathname}` }
  }

  test.each(Object.keys(providers))('%s', async (provider) => {
    if (onlyTheirs[provider] !== undefined) {
      await expect(trigger(provider, '--to', receiver.url, '--secret', 's')).rejects.toThrow(
        /only the provider/i,
      )
      return
    }
    const { settings, privateKey } = settingsFor(provider)
    const [secret = ''] = settings.secrets
    const { id, ingestUrl, to } = await sourceOf(provider, { secret })
    const events = eventsOf(provider)
    const flags = ['--to', to, '--secret', secret, '--count', '2']
    if (privateKey !== undefined) flags.push('--private-key', fileWith(privateKey))
    if (providers[provider]?.settings?.publicUrl !== undefined)
      flags.push('--setting', `publicUrl=${ingestUrl}`)
    for (const event of events) {
      const sent = await trigger(provider, event, ...flags)
      expect(sent).toMatchObject({ code: 0, output: expect.stringMatching(/-> 2\d\d in/) as string })
    }
    const { data } = await app.svix.message.list(id)
    // Each has an id, or a body, of its own.
    expect(data).toHaveLength(2 * events.length)
    if (providers[provider]?.eventType === null) return
    const types = new Set(data.map(({ eventType }) => eventType))
    const names = events.map((event) =>
      event === 'push' && provider.startsWith('gitlab') ? 'Push.Hook' : event,
    )
    expect([...types].toSorted()).toEqual(names.map((name) => name.replaceAll('/', '.')).toSorted())
  })

  test('one that is described by a row of its own, and one that is known by its URL alone', async () => {
    const row = {
      scheme: {
        kind: 'hmac',
        algorithm: 'sha256',
        secret: 'utf8',
        signature: { at: 'header:x-signature', encoding: 'hex' },
        signed: '{timestamp}.{body}',
        timestamp: { at: 'header:x-timestamp', unit: 's', toleranceMs: 300_000 },
      },
      id: ['header:x-delivery'],
      eventType: 'body:type',
    }
    const described = await sourceOf(genericProvider, { secret: 'a secret', row })
    const args = ['--secret', 'a secret', '--row', fileWith(JSON.stringify(row)), '--id', 'one']
    expect(await trigger(genericProvider, 'a.b', '--to', described.to, ...args)).toMatchObject({
      code: 0,
    })
    const { data } = await app.svix.message.list(described.id)
    expect(data).toMatchObject([{ eventType: 'a.b', eventId: 'one' }])
    const open = await sourceOf(genericProvider, {})
    expect(await trigger(genericProvider, '--to', open.to)).toMatchObject({ code: 0 })
  })

  test('but not with another secret', async () => {
    const { to } = await sourceOf('github', { secret: 'one' })
    expect(await trigger('github', '--to', to, '--secret', 'other')).toMatchObject({
      code: 1,
      output: expect.stringMatching(/^push \S+ -> 401 in \d+ ms\n.*bad_signature/) as string,
    })
  })
})

describe('posthorn trigger', () => {
  test('sends the bytes that it is given as they are', async () => {
    const bytes = Buffer.from('{ "n": 1.0,\r\n "n": 2 }\u0000')
    const file = fileWith(bytes)
    const flags = ['--body', file, '--content-type', 'text/plain', '--id', 'mine']
    await trigger('github', 'issues', '--to', `${receiver.url}/own`, '--secret', 's', ...flags)
    const [arrival] = await receiver.arrived(1, ({ path }) => path === '/own')
    expect(arrival?.bytes).toEqual(bytes)
    expect(arrival?.headers).toMatchObject({
      'content-type': 'text/plain',
      'x-github-delivery': 'mine',
      'x-github-event': 'issues',
      'x-hub-signature-256': `sha256=${createHmac('sha256', 's').update(bytes).digest('hex')}`,
    })
  })

  test('shows what is answered, without what would drive a terminal', async () => {
    receiver.behave(() => ({ status: 500, body: 'no\u001b]0;owned\u0007\nsecond' }))
    const { code, output } = await trigger('github', '--to', receiver.url, '--secret', 's')
    expect(code).toBe(1)
    expect(output).toMatch(/^push \S+ -> 500 in \d+ ms\nno\\x1b\]0;owned\\x07\nsecond$/)
  })

  test('says that nobody answers', async () => {
    const { code, output } = await trigger('github', '--to', 'http://127.0.0.1:1/', '--secret', 's')
    expect(code).toBe(1)
    expect(output).toMatch(/unreachable \(.*ECONNREFUSED/)
  })

  test('sends another event type of the provider with a made-up body, and says so', async () => {
    const to = `${receiver.url}/made-up`
    const { output } = await trigger('stripe', 'charge.refunded', '--to', to, '--secret', 's')
    expect(output).toContain('made-up body')
    const [arrival] = await receiver.arrived(1, ({ path }) => path === '/made-up')
    expect(JSON.parse(arrival?.body ?? '')).toMatchObject({ type: 'charge.refunded' })
    await expect(trigger('twilio', 'call', '--to', to, '--secret', 's')).rejects.toThrow('there is sms')
  })

  test.each([['-'], ['github', '--list']])('lists providers and their samples: %s', async (...args) => {
    const { output } = await trigger(...args.filter((each) => each !== '-'))
    expect(output).toMatch(/^github +push, issues, pull_request, ping$/m)
    if (args.length > 1) expect(output.split('\n')).toHaveLength(1)
    else expect(output.split('\n')).toHaveLength(Object.keys(providers).length)
  })

  test.each([
    [['githob', '--to', 'http://a'], 'there is no provider "githob"'],
    [['discord', '--to', 'http://a'], 'did you mean discord-interactions or discord-events?'],
    [['github'], "required option '--to <url>'"],
    [['github', '--to', 'http://a'], '--secret or POSTHORN_SECRET'],
    [['sendgrid', '--to', 'http://a'], '--private-key'],
    [['github', '--to', 'http://a', '--setting', 'publicUrl=http://b'], 'nothing that github has'],
    [['github', '--to', 'http://a', '--row', 'x'], 'for generic-webhook alone'],
    [['sendgrid', '--to', 'http://a', '--private-key', main], 'holds no private key'],
  ])('refuses %j', async (args, words) => {
    await expect(trigger(...args)).rejects.toThrow(words)
  })

  test('prints the request as HTTP, or as a curl that sends the same', async () => {
    const secret = "it's"
    const signatureOf = (time: unknown, text: string) =>
      `v0=${createHmac('sha256', secret)
        .update(`v0:${String(time)}:${text}`)
        .digest('hex')}`
    const args = ['slack', '--to', `${receiver.url}/printed?a=b`, '--secret', secret]
    const { code, output } = await run([...args, '--print'])
    const [head = '', body = ''] = output.split('\r\n\r\n')
    expect(code).toBe(0)
    expect(head).toMatch(/^POST \/printed\?a=b HTTP\/1\.1\r\nHost: 127\.0\.0\.1:\d+\r\n/)
    expect(head).toContain(`\r\nContent-Length: ${Buffer.byteLength(body)}`)
    const time = /X-Slack-Request-Timestamp: (\d+)/.exec(head)?.[1]
    expect(head).toContain(`X-Slack-Signature: ${signatureOf(time, body)}\r\n`)

    for (const bytes of [null, Buffer.from(`@it's "é" \\ $HOME \n`), Buffer.from([0, 255])]) {
      const count = receiver.arrivals.length
      const own = bytes === null ? [] : ['--body', fileWith(bytes)]
      const printed = await trigger(...args, '--print', 'curl', ...own)
      await once(spawn('sh', ['-c', printed.output], { stdio: 'ignore' }), 'close')
      const { headers = {}, bytes: sent = Buffer.of() } = (await receiver.arrived(count + 1))[count] ?? {}
      if (bytes !== null) expect(sent).toEqual(bytes)
      const signed = Buffer.concat([Buffer.from(`v0:${String(headers['x-slack-request-timestamp'])}:`), sent])
      expect(headers['x-slack-signature']).toBe(
        `v0=${createHmac('sha256', secret).update(signed).digest('hex')}`,
      )
    }
  })

  test('ends with 0, 1 or 2, and takes a body from the standard input', async () => {
    receiver.behave(({ path }) => ({ status: path === '/stdin' ? 200 : 400 }))
    const secret = ['--secret', 's']
    const [right, refused, wrong, noUrl] = await Promise.all([
      run(['github', '--to', `${receiver.url}/stdin`, ...secret, '--body', '-'], 'piped'),
      run(['github', '--to', receiver.url, ...secret]),
      run(['githob', '--to', receiver.url, ...secret]),
      run(['github', '--to', 'x', ...secret]),
    ])
    expect(right).toMatchObject({ code: 0, errors: '' })
    const [arrival] = await receiver.arrived(1, ({ path }) => path === '/stdin')
    expect(arrival?.body).toBe('piped')
    expect(refused).toMatchObject({ code: 1, errors: '' })
    expect(wrong).toMatchObject({
      code: 2,
      errors: expect.stringMatching(/^posthorn: there is no.*\n$/) as string,
    })
    expect(noUrl).toMatchObject({ code: 2 })
  })
})

/** The real program in a process of its own. */
async function run(args: readonly string[], input = '') {
  const child = spawn(process.execPath, [main, 'trigger', ...args], { env: { PATH: process.env.PATH } })
  let [output, errors] = ['', '']
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()))
  child.stdin.end(input)
  const [code] = (await once(child, 'close')) as [number]
  return { code, output, errors }
}
