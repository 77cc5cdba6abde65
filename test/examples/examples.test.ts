import { chmodSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { directoryOfTest } from '#test/support/killable-server.ts'
import { beforeAll, expect, onTestFinished, test } from 'vitest'
import type { Program } from '../../scripts/examples/program.ts'
import { buildAlertReceiver } from '../../scripts/examples/programs/alert-receiver.ts'
import { buildChat } from '../../scripts/examples/programs/chat.ts'
import { buildCopier } from '../../scripts/examples/programs/copier.ts'
import { startExample } from './support.ts'

const script = join(import.meta.dirname, '../../scripts/examples.ts')
/** It starts six programs and a PostgreSQL; this is some ten times what that takes. */
const slowMs = 60_000

beforeAll(async () => {
  await Promise.all([buildChat(), buildCopier(), buildAlertReceiver()])
}, 300_000)

interface Show {
  readonly program: Program
  /** Its temporary files are made here, and nothing else is. */
  readonly directory: string
}

function show(args: readonly string[], env: Readonly<NodeJS.ProcessEnv> = process.env): Show {
  const directory = directoryOfTest()
  // PostgreSQL runs as somebody else where this runs as root.
  chmodSync(directory, 0o711)
  const program = startExample({
    command: [process.execPath, script, ...args],
    env: { ...env, TMPDIR: directory },
  })
  // It stops its own programs, which would outlive it otherwise.
  onTestFinished(async () => void (await program.stop()))
  return { program, directory }
}

test('it shows all four examples at work, and leaves nothing behind', { timeout: slowMs }, async () => {
  const { program, directory } = show([])
  const { code } = await program.ended
  const output = program.lines.join('\n')
  expect(code, output).toBe(0)
  for (const pattern of [
    /^realtime-messages: .*Flask$/m,
    /^ {2}page {10}kitchen: Mallory "<script>alert\(\\"only text\\"\)<\/script>"$/m,
    /^data-synchronisation: .*JAX-RS$/m,
    /^ {2}receiver {6}msg_\w+ {2}product\.deleted: applied$/m,
    /^ {2}copy {10}\{"sku":"k-1","name":"Kettle","price":"12\.50","stock":2,"version":"2"\}$/m,
    /^automated-tasks: .*Express$/m,
    /^ {2}built {9}msg_\w+\/ has index\.html, news\.html$/m,
    /^alerts: .*Go$/m,
    /^ {2}list {10}open: SlowAnswers of web1; resolved: DiskFull of db1$/m,
  ]) {
    expect(output).toMatch(pattern)
  }
  expect(output).not.toMatch(/^ {2}page .*attic/m)
  expect(output).not.toMatch(/^ {2}copy .*t-1/m)
  expect(readdirSync(directory)).toEqual([])
  const [, url = ''] = /Posthorn listens on (\S+),/.exec(output) ?? []
  await expect(fetch(url)).rejects.toThrow()
})

test('what is asked for alone stays until it is interrupted', { timeout: slowMs }, async () => {
  const { program, directory } = show(['--stay', 'realtime-messages'])
  const [line = ''] = await program.printed(/the chat’s page: /)
  const page = line.slice(line.indexOf('http'))
  expect(await (await fetch(page)).text()).toContain('<title>Chat</title>')
  expect(program.lines.join('\n')).not.toContain('automated-tasks')
  expect(await program.stop()).toEqual({ code: 0, signal: null })
  await expect(fetch(page)).rejects.toThrow()
  expect(readdirSync(directory)).toEqual([])
})

test('it names the examples to who asks for another one', async () => {
  const { program } = show(['alerts', 'fax'])
  expect(await program.ended).toMatchObject({ code: 2 })
  expect(program.lines).toEqual([
    'there is no example fax',
    'usage: npm run examples -- [--stay] [realtime-messages|data-synchronisation|automated-tasks|alerts]…',
  ])
})

test('it says which packages are missing before anything starts', async () => {
  const { program, directory } = show([], { PATH: '/nowhere' })
  expect(await program.ended).toMatchObject({ code: 1 })
  expect(program.lines).toEqual([
    'missing: python3 with venv (Debian: python3-venv)',
    'missing: Maven (Debian: maven)',
    'missing: a JDK, 17 or newer (Debian: default-jdk-headless)',
    'missing: Go 1.25 or newer (Debian: golang-go, or https://go.dev/dl where that is older)',
    'missing: Alertmanager (Debian: prometheus-alertmanager)',
  ])
  expect(readdirSync(directory)).toEqual([])
})
