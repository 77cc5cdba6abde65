import { type ChildProcess, spawn } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { jwtVerify } from 'jose'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type OptionName, options } from '#config/options.ts'

const main = join(import.meta.dirname, '../main.ts')
const jwtSecret = 'a secret of thirty-two characters'

let root = ''
let children: ChildProcess[] = []
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'posthorn-cli-'))
  children = []
})
afterEach(async () => {
  for (const child of children) {
    if (child.exitCode !== null || child.signalCode !== null) continue
    const ended = once(child, 'exit')
    child.kill('SIGKILL')
    await ended
  }
  rmSync(root, { recursive: true, force: true })
})

interface Running {
  readonly child: ChildProcess
  readonly output: { stdout: string; stderr: string }
  readonly ended: Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }>
}

/** The real program in a process of its own, in an empty directory. */
function spawned(args: readonly string[], env: Readonly<Record<string, string>> = {}): Running {
  const child = spawn(process.execPath, [main, ...args], {
    cwd: root,
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  children.push(child)
  const output = { stdout: '', stderr: '' }
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (output.stdout += chunk))
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (output.stderr += chunk))
  const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, ...output }))
  return { child, output, ended }
}

const posthorn = (args: readonly string[], env?: Readonly<Record<string, string>>) => spawned(args, env).ended

/** Starts the server and resolves with its greeting. */
async function serving(args: readonly string[] = [], env?: Readonly<Record<string, string>>) {
  const running = spawned([...args, '--listen', '127.0.0.1:0'], env)
  const greeted = new Promise<void>((resolve) => {
    running.child.stdout?.on('data', () => {
      if (/application\/json.*\n.*-d .*\n/.test(running.output.stdout)) resolve()
    })
  })
  await Promise.race([
    greeted,
    running.ended.then(({ stderr }) => {
      throw new Error(`it ended: ${stderr}`)
    }),
  ])
  const greeting = running.output.stdout
  const url = /ready at (http:\S+)/.exec(greeting)?.[1] ?? ''
  return { ...running, greeting, url }
}

const oneLine = (text: string) => expect.stringMatching(new RegExp(`^posthorn: ${text}\\n$`)) as string

describe('posthorn, asked wrongly, says so in one line and ends with 2', () => {
  const rows: readonly (readonly [args: string, env: Record<string, string>, line: string])[] = [
    ['serve --listen nowhere', {}, '--listen is "nowhere"; accepted is host:port, such as .*'],
    ['serve', { POSTHORN_LISTN: 'x' }, 'POSTHORN_LISTN is no option; did you mean POSTHORN_LISTEN\\?.*'],
    [
      'serve',
      { POSTHORN_DATABASE_URL: 'mysql://u:hunter2@db' },
      'POSTHORN_DATABASE_URL is \\(not shown\\); accepted is a URL, such as postgres://.*',
    ],
    ['migrate', { POSTHORN_DATA_DIR: '' }, 'POSTHORN_DATA_DIR is ""; accepted is a text that is not empty'],
    ['serve --bogus', {}, "unknown option '--bogus'"],
    ['sevre', {}, '"sevre" is no command; commands are serve, listen, trigger, verify, .*'],
    ['token organistion', {}, "unknown command 'organistion'.*"],
    ['token application org_1 x', {}, ".*'x' is invalid.* It must be an id that begins with app_."],
    ['token organisation --expires-in 1h', {}, ".*'1h' is invalid. It must be a whole number of seconds."],
    ['backup', {}, "missing required argument 'file'"],
  ]
  test.each(rows)('posthorn %s %o', async (args, env, line) => {
    const { code, stdout, stderr } = await posthorn(args.split(' '), env)
    expect({ code, stdout, stderr }).toEqual({ code: 2, stdout: '', stderr: oneLine(line) })
    expect(stderr).not.toContain('hunter2')
  })
})

describe('posthorn, where it cannot start, says why and what to do, and ends with 1', () => {
  test('when the data directory cannot be written to, with secrets from there or from elsewhere', async () => {
    writeFileSync(join(root, 'file'), '')
    const env = {
      POSTHORN_JWT_SECRET: jwtSecret,
      POSTHORN_ENCRYPTION_KEY: Buffer.alloc(32).toString('base64'),
    }
    const line = oneLine('cannot write to file: .* \\(POSTHORN_DATA_DIR\\)\\.')
    expect(await posthorn(['serve', '--data-dir', 'file'])).toMatchObject({ code: 1, stderr: line })
    expect(await posthorn(['serve', '--data-dir', 'file'], env)).toMatchObject({ code: 1, stderr: line })
    expect(await posthorn(['migrate', '--data-dir', 'file'])).toMatchObject({ code: 1, stderr: line })
  })

  test('when another process has the address', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    const listen = `127.0.0.1:${(other.address() as AddressInfo).port}`
    const ended = await posthorn(['serve', '--listen', listen])
    other.close()
    expect(ended).toMatchObject({
      code: 1,
      stderr: oneLine(`cannot listen on ${listen}: another process does\\. .* \\(POSTHORN_LISTEN\\)\\.`),
    })
  })

  test('when a key of tokens does not fit', async () => {
    const ended = await posthorn(['serve'], { POSTHORN_JWT_SECRET: 'hunter2' })
    expect(ended).toMatchObject({
      code: 1,
      stderr: oneLine('key 1 of POSTHORN_JWT_SECRET has 7 characters.*'),
    })
  })
})

describe('posthorn on PostgreSQL, where it cannot start, says why and what to do', () => {
  test('when the database cannot be reached, without its password', async () => {
    const { code, stderr } = await posthorn(['serve'], {
      POSTHORN_DATABASE_URL: 'postgres://u:hunter2@127.0.0.1:1/db',
    })
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: oneLine(
        'cannot connect to the database at 127.0.0.1:1: .*ECONNREFUSED.* Look at POSTHORN_DATABASE_URL.*',
      ),
    })
    expect(stderr).not.toContain('hunter2')
  })

  test('when a role is asked of the embedded store, which has one process for all', async () => {
    for (const role of ['--no-dispatch', '--no-api']) {
      const { code, stderr } = await posthorn(['serve', role, '--data-dir', join(root, 'alone')])
      expect({ code, stderr }).toEqual({ code: 1, stderr: oneLine('the embedded store has one process.*') })
    }
  })
})

describe('posthorn --help', () => {
  test('names every command', async () => {
    const { code, stdout } = await posthorn(['--help'])
    expect(code).toBe(0)
    for (const command of [
      'serve',
      'listen',
      'trigger',
      'verify',
      'token',
      'backup',
      'migrate',
      'healthcheck',
      'openapi',
    ]) {
      expect(stdout).toMatch(new RegExp(`^ {2}${command} `, 'm'))
    }
  })

  test('of serve names every option with its variable, default and text', async () => {
    const { code, stdout } = await posthorn(['serve', '--help'])
    expect(code).toBe(0)
    const words = stdout.replaceAll(/\s+/g, ' ')
    for (const { flag, env, default: value, text } of Object.values(options)) {
      const shown = value === null ? 'unset' : value === '' ? 'empty' : value
      expect(words).toContain(`${flag} <value> ${text} [${env}, default ${shown}]`)
    }
  })

  test('of the other commands names just the options that they use', async () => {
    const flagsOf = async (command: string) => {
      const { stdout } = await posthorn([...command.split(' '), '--help'])
      const names = Object.keys(options) as OptionName[]
      return names.filter((name) => stdout.includes(`${options[name].flag} <value>`))
    }
    expect(await flagsOf('healthcheck')).toEqual(['listen'])
    expect(await flagsOf('migrate')).toEqual(['dataDir', 'databaseUrl', 'databaseDirectUrl'])
    expect(await flagsOf('token organisation')).toEqual(['dataDir', 'jwtSecret', 'jwtAlgorithm'])
  })
})

test('posthorn --version is the version of the package', async () => {
  const { version } = JSON.parse(readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8')) as {
    version: string
  }
  expect(await posthorn(['--version'])).toMatchObject({ code: 0, stdout: `${version}\n` })
})

describe('posthorn token', () => {
  const key = new TextEncoder().encode(jwtSecret)
  const env = {
    POSTHORN_JWT_SECRET: `${jwtSecret},${'o'.repeat(32)}`,
    POSTHORN_ENCRYPTION_KEY: 'A'.repeat(43),
  }
  const organisation = 'org_23rb8YdGqMT0qIzpgGwdXfHirMu'
  const application = 'app_1srOrx2ZWZBpBUvZwXKQmoEYga2'

  test('organisation is signed by the first key, for the default organisation and ten years', async () => {
    const { code, stdout, stderr } = await posthorn(['token', 'organisation'], env)
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    const { payload } = await jwtVerify(stdout.trim(), key, { algorithms: ['HS256'] })
    expect(payload.sub).toBe(organisation)
    expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBe(3_650 * 86_400)
  })

  test('organisation takes another organisation and life', async () => {
    const { stdout } = await posthorn(['token', 'organisation', 'org_of_mine', '--expires-in', '60'], env)
    const { payload } = await jwtVerify(stdout.trim(), key)
    expect(payload.sub).toBe('org_of_mine')
    expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBe(60)
  })

  test('application is for that application alone, and may be one that changes nothing', async () => {
    const args = ['token', 'application', organisation, application]
    const full = await jwtVerify((await posthorn(args, env)).stdout.trim(), key)
    expect(full.payload).toMatchObject({ sub: application, org: organisation })
    expect(full.payload).not.toHaveProperty('cap')
    expect((full.payload.exp ?? 0) - (full.payload.iat ?? 0)).toBe(7 * 86_400)
    const reading = await jwtVerify((await posthorn([...args, '--read-only'], env)).stdout.trim(), key)
    expect(reading.payload.cap).toEqual(['ViewBase'])
  })

  test('takes key pairs, and refuses to sign with a public one', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519')
    const pem = (exported: string | Buffer) => exported.toString().replaceAll('\n', '\\n')
    const given = (secret: string) => ({
      ...env,
      POSTHORN_JWT_ALGORITHM: 'EdDSA',
      POSTHORN_JWT_SECRET: secret,
    })
    const signed = await posthorn(
      ['token', 'organisation'],
      given(pem(privateKey.export({ type: 'pkcs8', format: 'pem' }))),
    )
    expect((await jwtVerify(signed.stdout.trim(), publicKey, { algorithms: ['EdDSA'] })).payload.sub).toBe(
      organisation,
    )
    const refused = await posthorn(
      ['token', 'organisation'],
      given(pem(publicKey.export({ type: 'spki', format: 'pem' }))),
    )
    expect(refused).toMatchObject({
      code: 1,
      stdout: '',
      stderr: oneLine('the first key .* is a public one.*'),
    })
  })
})

describe('posthorn healthcheck', () => {
  test('ends with 1 where nobody answers', async () => {
    const free = createServer().listen(0, '127.0.0.1')
    await once(free, 'listening')
    const listen = `127.0.0.1:${(free.address() as AddressInfo).port}`
    await new Promise((resolve) => free.close(resolve))
    const { code, stdout } = await posthorn(['healthcheck'], { POSTHORN_LISTEN: listen })
    expect(code).toBe(1)
    expect(stdout).toMatch(/^no answer from http:\S+\/health\/ready: .*ECONNREFUSED.*\n$/)
  })

  test('ends with 1 and the reasons where the server is not ready', async () => {
    const server = createServer((_request, response) => {
      response.writeHead(503).end(JSON.stringify({ status: 'not ready', reasons: ['the disk is full'] }))
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const listen = `127.0.0.1:${(server.address() as AddressInfo).port}`
    const ended = await posthorn(['healthcheck', '--listen', listen])
    server.close()
    expect(ended).toMatchObject({ code: 1, stdout: 'not ready\nthe disk is full\n' })
  })
})

describe('posthorn migrate', () => {
  test('makes the store, and does nothing the second time', async () => {
    const first = await posthorn(['migrate', '--data-dir', 'store'])
    expect(first).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^schema 0 to \d+: 0001-initial.sql/) as string,
    })
    expect(existsSync(join(root, 'store/posthorn.db'))).toBe(true)
    expect(await posthorn(['migrate', '--data-dir', 'store'])).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^schema \d+: nothing to do\n$/) as string,
    })
  })
})

test('posthorn openapi prints the document that the repository holds', async () => {
  const { code, stdout } = await posthorn(['openapi'])
  expect(code).toBe(0)
  const document = JSON.parse(stdout) as { openapi: string }
  expect(document.openapi).toMatch(/^3\.1/)
  expect(stdout).toBe(readFileSync(join(import.meta.dirname, '../../openapi.json'), 'utf8'))
})

describe('posthorn serve', () => {
  test('greets with a curl that publishes a first message as it stands', async () => {
    const { child, ended, greeting, url } = await serving()
    const command = greeting.slice(greeting.indexOf('curl '))
    const curl = spawn('sh', ['-c', `${command.trim()} --silent --write-out '\\n%{http_code}'`], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let answer = ''
    curl.stdout.setEncoding('utf8').on('data', (chunk: string) => (answer += chunk))
    await once(curl, 'close')
    expect(answer).toMatch(/"id":"msg_[0-9A-Za-z]{27}"[\s\S]*\n202$/)
    const health = await posthorn(['healthcheck', '--listen', url.slice('http://'.length)])
    expect(health).toMatchObject({ code: 0, stdout: 'ready\n' })
    child.kill('SIGTERM')
    expect(await ended).toMatchObject({ code: 0, stderr: '' })
  })

  test('logs nothing but JSON lines where these are asked for, and no token', async () => {
    const { child, output, ended } = spawned(['--log-format', 'json', '--listen', '127.0.0.1:0'])
    await new Promise<void>((resolve) => {
      child.stdout?.on('data', () => {
        if (output.stdout.includes('"ready"')) resolve()
      })
    })
    child.kill('SIGINT')
    const { code, stdout } = await ended
    expect(code).toBe(0)
    const messages = stdout
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { msg: string }).msg)
    expect(messages).toEqual(['ready', 'stopping', 'stopped'])
    expect(stdout).not.toContain('eyJ')
  })

  test('ends at once at a second signal, though a client keeps it waiting', async () => {
    const { child, output, ended, url } = await serving()
    const { hostname, port } = new URL(url)
    const socket = connect(Number(port), hostname)
    socket.on('error', () => {})
    await once(socket, 'connect')
    const head = 'POST /api/v1/app HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: 9\r\n\r\n'
    socket.write(head)
    // The answer says that the request is under way; its body never comes.
    await once(socket, 'data')
    const isStopping = new Promise<void>((resolve) => {
      child.stdout?.on('data', () => {
        if (output.stdout.includes('"stopping"')) resolve()
      })
    })
    child.kill('SIGTERM')
    await isStopping
    expect(child.exitCode).toBeNull()
    child.kill('SIGTERM')
    expect((await ended).code).toBe(1)
    socket.destroy()
  })
})
