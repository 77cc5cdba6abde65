import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { providers } from '#inbound/providers/providers.ts'
import { settingsFor, send, now as sentAt } from '#test/support/inbound-senders.ts'
import { newSecretPair, signedWebhook } from '#test/support/signed-webhook.ts'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { verifyCommand } from './verify.ts'

const main = join(import.meta.dirname, '../main.ts')
const secret = "It's a Secret to Everybody"
const body = '{"action": "opened", "text": "é"}'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'posthorn-verify-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))
afterEach(() => {
  vi.restoreAllMocks()
  process.exitCode = undefined
})

let made = 0
function fileWith(bytes: string | Uint8Array): string {
  const file = join(folder, `file-${++made}`)
  writeFileSync(file, bytes)
  return file
}

/** The command in this process: what it prints, and what it would end with. */
async function verify(
  ...args: readonly string[]
): Promise<{ readonly code: unknown; readonly output: string }> {
  const lines: string[] = []
  vi.spyOn(console, 'log').mockImplementation((line: string) => void lines.push(line))
  process.exitCode = undefined
  await verifyCommand().exitOverride().parseAsync(args, { from: 'user' })
  const output = lines.join('\n')
  expect(output).not.toContain(secret.slice(4))
  return { code: process.exitCode ?? 0, output }
}

const lines = (headers: readonly (readonly [string, string])[]): string =>
  headers.map(([name, value]) => `${name}: ${value}`).join('\r\n')

const fromGithub = [
  ['Content-Type', 'application/json'],
  ['X-GitHub-Event', 'issues'],
  ['X-GitHub-Delivery', 'delivery-1'],
  ['X-Hub-Signature-256', `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`],
] as const

const github = (headers: string | Uint8Array, sent: string | Uint8Array = body, given = secret) => [
  '--provider',
  'github',
  '--secret',
  given,
  '--headers',
  fileWith(headers),
  '--body',
  fileWith(sent),
]

describe('posthorn verify', () => {
  test.each([
    ['lines', lines(fromGithub)],
    ['lines behind a request line', `POST /in/x HTTP/1.1\n${lines(fromGithub)}\n\n`],
    ['lines of curl -v', `> ${lines(fromGithub).replaceAll('\r\n', '\r\n> ')}`],
    ['pairs in JSON', JSON.stringify(fromGithub)],
    ['an object in JSON', JSON.stringify(Object.fromEntries(fromGithub))],
    [
      'an object of lists',
      JSON.stringify(Object.fromEntries(fromGithub.map(([name, value]) => [name, [value]]))),
    ],
  ])('says who sent it, and what it is: headers as %s', async (_form, headers) => {
    expect(await verify(...github(headers))).toEqual({
      code: 0,
      output: 'verified: GitHub\nid delivery-1, event type issues',
    })
  })

  test('says which secret it was, where there are several', async () => {
    const { output } = await verify(...github(lines(fromGithub), body, 'older'), '--secret', secret)
    expect(output).toContain('with secret 2 of 2')
  })

  test('says why it is not proven, and with --explain what may be wrong', async () => {
    const args = github(lines(fromGithub), JSON.stringify(JSON.parse(body)))
    const plain = await verify(...args)
    expect(plain).toMatchObject({
      code: 1,
      output: expect.stringMatching(/^not verified: bad_signature\nThe/) as string,
    })
    expect(plain.output).not.toContain('found:')
    const { code, output } = await verify(...args, '--explain')
    expect(code).toBe(1)
    expect(output).toMatch(/\n\nbody_reserialised\n {2}found: .*\n {2}tried: .*\n {2}fix: {3}.*$/)
    const trimmed = await verify(...github(lines(fromGithub), body, `${secret}\n`), '--explain')
    expect(trimmed.output).toContain('\nsecret_whitespace\n')
    const wrong = await verify(...github(lines(fromGithub), body, 'another'), '--explain')
    expect(wrong.output).toContain('\nnot_explained\n')
  })

  test('takes what Posthorn sends, unless another provider is named', async () => {
    for (const type of ['hmac256', 'ed25519'] as const) {
      const pair = newSecretPair(type)
      const { headers } = signedWebhook(pair.sender, '{"type":"a.b"}')
      const files = ['--headers', fileWith(JSON.stringify(headers)), '--body']
      const right = await verify('--secret', pair.receiver, ...files, fileWith('{"type":"a.b"}'))
      expect(right).toEqual({ code: 0, output: 'verified: Standard Webhooks\nid msg_1, event type a.b' })
      const args = ['--secret', pair.receiver, ...files, fileWith('{"type":"a.b"}\r\n'), '--explain']
      expect(await verify(...args)).toMatchObject({
        code: 1,
        output: expect.stringContaining('body_trailing_newline') as string,
      })
    }
  })

  test('explains Standard Webhooks whose secrets are read in other ways, or which are none', async () => {
    const mac = (key: string | Buffer, time: string) =>
      `v1,${createHmac('sha256', key).update(`id-1.${time}.{}`).digest('base64')}`
    const time = String(Math.floor(Date.now() / 1000))
    const headers = {
      'webhook-id': 'id-1',
      'webhook-timestamp': time,
      'webhook-signature': mac(secret, time),
    }
    const files = ['--headers', fileWith(JSON.stringify(headers)), '--body', fileWith('{}')]
    expect(await verify('--provider', 'polar', '--secret', secret, ...files)).toMatchObject({ code: 0 })
    const quoted = await verify('--provider', 'polar', '--secret', `"${secret}"`, ...files, '--explain')
    expect(quoted.output).toContain('secret_quoted')
    const given = ['--secret', 'd2hhdGV2ZXI=', '--headers', fileWith(JSON.stringify(headers))]
    expect((await verify(...given, '--body', fileWith('{}'), '--explain')).output).toContain('not_explained')
  })

  test('holds to the time, which --at says', async () => {
    const at = Date.UTC(2026, 0, 31, 12)
    const pair = newSecretPair('hmac256')
    const { headers } = signedWebhook(pair.sender, '{}', { at })
    const args = [
      '--secret',
      pair.receiver,
      '--headers',
      fileWith(JSON.stringify(headers)),
      '--body',
      fileWith('{}'),
    ]
    for (const time of ['2026-01-31T12:00:10Z', String(at / 1000), String(at)])
      expect(await verify(...args, '--at', time)).toMatchObject({ code: 0 })
    const late = await verify(...args, '--explain')
    expect(late).toMatchObject({
      code: 1,
      output: expect.stringContaining('timestamp_out_of_window') as string,
    })
    expect(late.output).toContain('clock_skew')
  })

  test('verifies what each provider sends, and needs no network', async () => {
    for (const provider of Object.keys(providers)) {
      const request = await send(provider, Buffer.from('{"id":"evt_1","type":"thing.happened"}'))
      if (request === null) throw new Error(provider)
      const { settings } = settingsFor(provider)
      const asked = providers[provider]?.settings ?? {}
      const options = Object.entries(settings.options ?? {}).filter(([name]) => name in asked)
      const args = ['--provider', provider, '--url', request.url, '--at', String(sentAt)]
      args.push('--headers', fileWith(JSON.stringify(request.headers)), '--body', fileWith(request.body))
      for (const secretOf of settings.secrets) args.push('--secret', secretOf)
      for (const [name, value] of options) args.push('--setting', `${name}=${value}`)
      const { code, output } = await verify(...args)
      const fetches = ['sns', 'paypal', 'pubsub', 'entra'].includes(providers[provider]?.scheme.kind ?? '')
      expect([provider, code]).toEqual([provider, fetches ? 1 : 0])
      if (fetches) expect(output).toContain('key_unavailable')
    }
  })

  test('shows nothing that would drive a terminal', async () => {
    const headers = fromGithub.map(
      ([name, value]) => [name, name === 'X-GitHub-Delivery' ? 'a\u001b[2J\u009b' : value] as const,
    )
    const { output } = await verify(...github(JSON.stringify(headers)))
    expect(output).toContain(String.raw`id a\x1b[2J\x9b, event type issues`)
  })

  test('does not count a handshake', async () => {
    const args = ['--provider', 'monday', '--secret', secret, '--headers', fileWith(''), '--body']
    const { code, output } = await verify(...args, fileWith('{"challenge":"a"}'))
    expect({ code, output }).toEqual({
      code: 1,
      output: 'no event: a handshake of monday.com, to be answered with 200',
    })
  })

  test.each([
    [['--provider', 'githob'], 'there is no provider "githob"'],
    [['--provider', 'github'], 'a secret is needed'],
    [['--provider', 'twilio', '--secret', 's'], 'so --url is needed'],
    [['--provider', 'github', '--secret', 's', '--headers', '-', '--body', '-'], 'just one of'],
    [['--provider', 'github', '--secret', 's', '--headers', main], 'line 1 is not name: value'],
  ])('refuses %j', async (args, words) => {
    await expect(verify('--headers', fileWith(''), '--body', fileWith(''), ...args)).rejects.toThrow(words)
  })

  test('ends with 0, 1 or 2, and reads the secret from the environment and a file from the input', async () => {
    const run = async (args: readonly string[], input: string) => {
      const child = spawn(process.execPath, [main, 'verify', '--provider', 'github', ...args], {
        env: { PATH: process.env.PATH, POSTHORN_SECRET: secret },
      })
      let text = ''
      for (const stream of [child.stdout, child.stderr])
        stream.on('data', (chunk: Buffer) => (text += chunk.toString()))
      child.stdin.end(input)
      const [code] = (await once(child, 'close')) as [number]
      expect(text).not.toContain(secret)
      return { code, text }
    }
    const headers = fileWith(lines(fromGithub))
    const [right, other, wrong] = await Promise.all([
      run(['--headers', headers, '--body', '-'], body),
      run(['--headers', '-', '--body', fileWith('{}')], lines(fromGithub)),
      run(['--headers', headers], ''),
    ])
    expect(right).toMatchObject({ code: 0, text: expect.stringMatching(/^verified: GitHub\n/) as string })
    expect(other).toMatchObject({ code: 1 })
    expect(wrong).toMatchObject({
      code: 2,
      text: expect.stringMatching(/^posthorn: required option/) as string,
    })
  })
})
