import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { Webhook } from 'standardwebhooks'
import { messageIdOf, type Receiver, startReceiver } from '#test/support/receiver.ts'
import { type Running, start } from '#test/support/start-app.ts'
import { until } from '#test/support/until.ts'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'

const main = join(import.meta.dirname, '../../src/main.ts')

let app: Running
let local: Receiver
beforeAll(async () => {
  app = await start({})
})
afterAll(() => app[Symbol.asyncDispose]())
beforeEach(async () => {
  local = await startReceiver()
})

const children: ChildProcess[] = []
afterEach(async () => {
  for (const child of children.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue
    const ended = once(child, 'exit')
    child.kill('SIGTERM')
    await ended
  }
  await local[Symbol.asyncDispose]()
})

/** Runs a program in a terminal of its own: what it writes comes out, orders come in as lines of JSON. */
const terminal = `
import fcntl, json, os, select, signal, struct, sys, termios
master, slave = os.openpty()
def size(rows, columns):
    fcntl.ioctl(master, termios.TIOCSWINSZ, struct.pack('HHHH', rows, columns, 0, 0))
size(24, 110)
child = os.fork()
if child == 0:
    os.setsid()
    fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
    for fd in (0, 1, 2):
        os.dup2(slave, fd)
    os.closerange(3, 256)
    os.execv(sys.argv[1], sys.argv[1:])
signal.signal(signal.SIGTERM, lambda *_: os.kill(child, signal.SIGKILL))
orders, code = b'', None
while code is None:
    ready = select.select([0, master], [], [], 0.02)[0]
    if master in ready:
        os.write(1, os.read(master, 65536))
    elif 0 in ready:
        orders += os.read(0, 65536)
        *lines, orders = orders.split(b'\\n')
        for line in map(json.loads, lines):
            if 'keys' in line: os.write(master, line['keys'].encode())
            if 'size' in line: size(*line['size'])
            if 'signal' in line: os.kill(child, line['signal'])
    if master not in ready:
        pid, status = os.waitpid(child, os.WNOHANG)
        if pid != 0: code = os.waitstatus_to_exitcode(status)
while master in select.select([master], [], [], 0)[0]:
    os.write(1, os.read(master, 65536))
flags = termios.tcgetattr(slave)[3]
cooked = bool(flags & termios.ECHO) and bool(flags & termios.ICANON)
os.write(2, json.dumps({'code': code, 'cooked': cooked}).encode())
`

interface Terminal {
  /** All that was written so far. */
  readonly output: () => string
  /** What is on the screen now, without attributes. */
  readonly screen: () => readonly string[]
  readonly shows: (...texts: readonly string[]) => Promise<unknown>
  readonly order: (order: Readonly<Record<string, unknown>>) => void
  readonly press: (...keys: readonly string[]) => void
  readonly ended: Promise<{ readonly code: number; readonly cooked: boolean }>
}

const [enter, leave, home] = ['\u001b[?1049h', '\u001b[?1049l', '\u001b[H']
const [up, down, escape, controlC] = ['\u001b[A', '\u001b[B', '\u001b', '\u0003']
const attributes = new RegExp(String.raw`${escape}\[[\d;?]*[a-zA-Z]`, 'g')

function inTerminal(...args: readonly string[]): Terminal {
  const command = [process.execPath, main, 'listen', '--server', app.url, ...args]
  const child = spawn('python3', ['-c', terminal, ...command], {
    env: { PATH: process.env.PATH, POSTHORN_TOKEN: app.token, TERM: 'xterm-256color' },
  })
  children.push(child)
  let [output, result] = ['', '']
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (output += chunk))
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (result += chunk))
  const screen = (): readonly string[] =>
    (output.split(home).at(-1) ?? '')
      .replaceAll(attributes, '')
      // The terminal puts a carriage return before each line feed, too.
      .split(/\r+\n/)
  const order = (given: Readonly<Record<string, unknown>>): void =>
    void child.stdin.write(`${JSON.stringify(given)}\n`)
  return {
    output: () => output,
    screen,
    // The last line says that the rest is there, too.
    shows: (...texts) =>
      until(async () => [...texts, 'q quit'].every((text) => screen().join('\n').includes(text))),
    order,
    press: (...keys) => order({ keys: keys.join('') }),
    ended: once(child, 'close').then(() => JSON.parse(result) as { code: number; cooked: boolean }),
  }
}

/** Nothing is written after the other screen was left. */
function expectRestored(output: string): void {
  expect(output.split(enter)).toHaveLength(2)
  expect(output.split(leave)).toHaveLength(2)
  expect(output.lastIndexOf(home)).toBeLessThan(output.indexOf(leave))
  expect(output).toContain('\u001b[?7h\u001b[?25h')
}

async function anApplication(): Promise<string> {
  return (await app.svix.application.create({ name: 'Listened to' })).id
}

async function publish(appId: string, payload: unknown, eventType = 'order.paid'): Promise<string> {
  return (await app.svix.message.create(appId, { eventType, payload })).id
}

/** A source that takes anything, and the URL to send to. */
async function aSource(): Promise<{ readonly id: string; readonly url: string }> {
  const { id, ingestUrl } = await app.svix.ingest.source.create({ type: 'generic-webhook', name: 'Anything' })
  return { id, url: `${app.url}${new URL(ingestUrl ?? '').pathname}` }
}

describe('posthorn listen on a terminal', () => {
  test('shows the newest first, details by keys, posts again, and gives the terminal back', async () => {
    local.behave(() => ({ status: 418, body: 'a teapot' }))
    const appId = await anApplication()
    const shell = inTerminal('--from', appId, '--to', local.url)
    await shell.shows('Nothing has come yet', 'listening')
    const ids: string[] = []
    for (const n of [1, 2, 3]) {
      ids.push(await publish(appId, { n, nested: [true, {}] }, `order.n${n}`))
      await shell.shows(ids.at(-1) ?? '')
    }
    const rows = shell.screen().filter((line) => line.includes('msg_'))
    expect(rows.map((row) => /msg_\w+/.exec(row)?.[0])).toEqual(ids.toReversed())
    expect(rows[0]).toMatch(/^ {2}\d\d:\d\d:\d\d {2}418 +\d+ ms {2}order\.n3 +msg_/)

    shell.press(down, down, up, '\r')
    await shell.shows(`order.n2  ${ids[1]}`, 'Answer: 418 in', '  a teapot', 'content-type: application/json')
    expect(shell.screen().join('\n')).toContain(
      ['  {', '    "n": 2,', '    "nested": [', '      true,', '      {}', '    ]', '  }'].join('\n'),
    )
    // What comes meanwhile does not take the place of what is looked at.
    await publish(appId, {}, 'order.n4')
    await local.arrived(4)
    shell.press('r')
    const arrivals = await local.arrived(5)
    expect(messageIdOf(arrivals[4] as never)).toBe(messageIdOf(arrivals[1] as never))
    expect(arrivals[4]?.bytes).toEqual(arrivals[1]?.bytes)
    expect(shell.screen()[1]).toContain('order.n2')

    shell.press(escape)
    await shell.shows('↻', 'order.n4')
    shell.order({ size: [6, 40] })
    await until(async () => shell.screen().length === 6)
    expect(Math.max(...shell.screen().map((line) => line.length))).toBe(40)
    shell.press('q')
    expect(await shell.ended).toEqual({ code: 0, cooked: true })
    expectRestored(shell.output())
  })

  test('obeys nothing that a payload, a header or an answer says to it', async () => {
    const attack = '\u001b]0;owned\u0007\u001b[2J\u009b31m\r\u202ereversed'
    local.behave(() => ({ status: 200, body: attack }))
    const { id, url } = await aSource()
    const shell = inTerminal('--from', id, '--to', local.url)
    await shell.shows('listening')
    await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'text/plain', 'x-attack': 'a\u009b2Jb' },
      body: attack,
    })
    await shell.shows('generic-webhook')
    shell.press('d')
    await shell.shows('Body, ')
    const shown = String.raw`\x1b]0;owned\x07\x1b[2J\x9b31m\r\u202ereversed`
    const lines = shell.screen()
    expect(lines.filter((line) => line.includes(shown))).toHaveLength(2)
    expect(lines.join('\n')).toContain(String.raw`x-attack: a\x9b2Jb`)
    shell.press(controlC)
    expect(await shell.ended).toEqual({ code: 0, cooked: true })
    for (const part of ['\u001b]', '\u0007', '\u001b[2J', '\u009b', '\u202e'])
      expect(shell.output()).not.toContain(part)
    expectRestored(shell.output())
  })

  test('gives it back, too, where it is ended by a signal or the server refuses; --plain leaves it alone', async () => {
    const appId = await anApplication()
    const [signalled, refused, plain] = [
      inTerminal('--from', appId, '--to', local.url),
      inTerminal('--from', 'app_unknown', '--to', local.url),
      inTerminal('--from', appId, '--to', local.url, '--plain'),
    ]
    await signalled.shows('listening')
    signalled.order({ signal: 15 })
    expect(await signalled.ended).toEqual({ code: 0, cooked: true })
    expectRestored(signalled.output())

    expect(await refused.ended).toEqual({ code: 1, cooked: true })
    expectRestored(refused.output())
    const after = refused.output().split(leave)[1] ?? ''
    expect(after).toMatch(/^posthorn: the server answered 404: .*\r\n$/)

    await until(async () => plain.output().includes('listening to'))
    const id = await publish(appId, {})
    await until(async () => plain.output().includes(`${id} order.paid -> ${local.url} 204`))
    plain.press(controlC)
    expect((await plain.ended).code).toBe(0)
    expect(plain.output()).not.toContain('\u001b')
  })
})

describe('posthorn listen --replay', () => {
  async function replay(messageId: string, ...args: readonly string[]) {
    const command = [main, 'listen', '--server', app.url, '--replay', messageId, ...args]
    const child = spawn(process.execPath, command, {
      env: { PATH: process.env.PATH, POSTHORN_TOKEN: app.token },
    })
    children.push(child)
    let output = ''
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => (output += chunk.toString()))
    const [code] = (await once(child, 'close')) as [number]
    return { code, output }
  }

  test('posts one message again, with the bytes and headers that came, and ends', async () => {
    const { id, url } = await aSource()
    const bytes = Buffer.from('{ "n": 1.0,\r\n "n": 2 }')
    await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'text/x-own', 'x-own': 'kept' },
      body: bytes,
    })
    await fetch(url, { method: 'POST', body: 'another' })
    const [, { id: messageId } = { id: '' }] = (await app.svix.message.list(id)).data
    const { code, output } = await replay(
      messageId,
      '--from',
      id,
      '--to',
      `${local.url}/a`,
      '--to',
      `${local.url}/b`,
    )
    expect({ code, lines: output.trim().split('\n').length }).toEqual({ code: 0, lines: 2 })
    const arrivals = await local.arrived(2)
    expect(arrivals.map(({ path }) => path)).toEqual(['/a', '/b'])
    for (const { bytes: came, headers } of arrivals) {
      expect(came).toEqual(bytes)
      expect(headers).toMatchObject({ 'content-type': 'text/x-own', 'x-own': 'kept' })
    }
  })

  test('signs it anew for an endpoint, and ends with 1 where it is not taken or not there', async () => {
    const appId = await anApplication()
    const endpoint = await app.svix.endpoint.create(appId, {
      url: 'https://unreachable.example/',
      disabled: true,
    })
    const { key } = await app.svix.endpoint.getSecret(appId, endpoint.id)
    const messageId = await publish(appId, { n: 1 })
    local.behave(({ path }) => ({ status: path === '/refuses' ? 500 : 204 }))
    const [taken, refused, unmatched, unknown] = await Promise.all([
      replay(messageId, '--from', `${appId}/${endpoint.id}`, '--to', local.url),
      replay(messageId, '--from', appId, '--to', `${local.url}/refuses`),
      replay(messageId, '--from', appId, '--to', `user.*=${local.url}`),
      replay('msg_unknown', '--from', appId, '--to', local.url),
    ])
    expect(taken.code).toBe(0)
    const [arrival] = await local.arrived(1, ({ path }) => path === '/')
    expect(new Webhook(key).verify(arrival?.body ?? '', arrival?.headers as Record<string, string>)).toEqual({
      n: 1,
    })
    expect(messageIdOf(arrival as never)).toBe(messageId)
    expect(refused).toMatchObject({ code: 1, output: expect.stringContaining('500') as string })
    expect(unmatched).toMatchObject({ code: 1, output: expect.stringContaining('no --to is for') as string })
    expect(unknown).toMatchObject({
      code: 1,
      output: expect.stringMatching(/^posthorn: the server answered 404/) as string,
    })
  })

  test('answers the message alone, of that application alone', async () => {
    const [appId, other] = [await anApplication(), await anApplication()]
    const id = await publish(appId, { n: 1 })
    await publish(appId, { n: 2 })
    const ask = (of: string, query: string) =>
      fetch(`${app.url}/api/v1/app/${of}/tail?${query}`, {
        headers: { authorization: `Bearer ${app.token}` },
      })
    const answer = (await (await ask(appId, `message_id=${id}`)).json()) as {
      data: unknown[]
      iterator: string
    }
    expect(answer).toMatchObject({
      data: [{ id, body: Buffer.from('{"n":1}').toString('base64') }],
      done: true,
    })
    const next = (await (await ask(appId, `iterator=${answer.iterator}`)).json()) as { data: unknown[] }
    expect(next.data).toEqual([])
    expect((await ask(other, `message_id=${id}`)).status).toBe(404)
  })
})
