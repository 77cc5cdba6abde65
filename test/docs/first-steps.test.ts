import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { freePort } from '#test/support/free-port.ts'
import { start } from '#test/support/start-app.ts'

const root = join(import.meta.dirname, '../..')

/** The commands of a page, block by block. */
function commandsOf(file: string): readonly string[] {
  const text = readFileSync(join(root, file), 'utf8')
  return [...text.matchAll(/^```\w*\n([\s\S]*?)^```$/gm)].map(([, block]) => block ?? '')
}

test.each([
  ['README.md', 'README.zh-CN.md'],
  ['docs/guides/first-steps.md', 'docs/guides/first-steps.zh-CN.md'],
])('%s and %s have the same commands', (english, chinese) => {
  expect(commandsOf(english).length).toBeGreaterThan(3)
  expect(commandsOf(chinese)).toEqual(commandsOf(english))
})

test('the commands of the first steps do what they say', async () => {
  const [port, receiverPort] = [await freePort(), await freePort()]
  await using server = await start({ env: { POSTHORN_LISTEN: `127.0.0.1:${port}` } })
  const here = (commands: string): string =>
    commands
      .replaceAll('http://127.0.0.1:8071', server.url)
      .replaceAll(':8072', `:${receiverPort}`)
      .replaceAll('npx node', process.execPath)
      .replaceAll(/^export POSTHORN_TOKEN=.*$/gm, `export POSTHORN_TOKEN=${server.token}`)
  const [, token = '', create = '', receive = '', publish = '', access = ''] = commandsOf(
    'docs/guides/first-steps.md',
  ).map(here)
  const created = await run(token + create)
  expect(created.match(/"id":"(app|ep)_/g)).toEqual(['"id":"app_', '"id":"ep_'])

  const receiver = spawn('bash', ['-ec', token + receive], {
    cwd: root,
    env: { ...process.env, PORT: String(receiverPort) },
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  })
  try {
    let printed = ''
    const ended = once(receiver, 'exit').then(([code]) => {
      throw new Error(`the receiver ended with ${String(code)} and printed ${printed}`)
    })
    const told = async (what: string): Promise<void> => {
      while (!printed.includes(what)) {
        const [chunk] = (await Promise.race([once(receiver.stdout, 'data'), ended])) as [Buffer]
        printed += String(chunk)
      }
    }
    await told('receiving at')
    const published = await run(publish)
    expect(published).toContain('"id":"msg_')
    await told('{"invoice": "in_42", "amount": 1200}')
    ended.catch(() => {})
  } finally {
    process.kill(-(receiver.pid ?? 0), 'SIGTERM')
  }
  expect(await run(token + access)).toContain(`"url":"${server.url}/#key=`)
})

async function run(commands: string): Promise<string> {
  const shell = spawn('bash', ['-ec', commands], { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] })
  let output = ''
  shell.stdout.setEncoding('utf8').on('data', (chunk: string) => (output += chunk))
  const [code] = (await once(shell, 'close')) as [number]
  expect(code, commands).toBe(0)
  return output
}
