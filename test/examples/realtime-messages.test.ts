import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { openBrowser } from '#test/support/browser.ts'
import { freePort } from '#test/support/free-port.ts'
import { directoryOfTest } from '#test/support/killable-server.ts'
import { type Running, start } from '#test/support/start-app.ts'
import { Webhook } from 'standardwebhooks'
import { beforeAll, expect, test } from 'vitest'
import type { Command, Program } from '../../scripts/examples/program.ts'
import * as programs from '../../scripts/examples/programs/chat.ts'
import { printedSecret } from '../../scripts/examples/programs/secret.ts'
import { runProgram, startExample } from './support.ts'

const secretOfTest = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'

let python: string
beforeAll(async () => {
  python = await programs.buildChat()
}, 180_000)

const program = (name: programs.ChatProgram, args?: readonly string[], more?: Omit<Command, 'command'>) =>
  programs.chatCommand(python, name, args, more)

const startChat = (port: number, secret: string, database: string): Promise<Program> =>
  programs.startChat(startExample, { python, port, secret, database })

function clientOf({ url, token }: Running): { readonly env: Readonly<Record<string, string>> } {
  return { env: { POSTHORN_URL: url, POSTHORN_TOKEN: token } }
}

/** @returns what a room shows, from its first message to its last, once it shows so many */
async function shown(page: Page, room: string, count: number): Promise<readonly string[]> {
  const section = page.locator('section', { has: page.getByRole('heading', { name: room, exact: true }) })
  await section
    .locator('li')
    .nth(count - 1)
    .waitFor()
  return await section.locator('li').allTextContents()
}

test('it judges the shared vectors as every language does', async () => {
  const vectors = readFileSync(join(import.meta.dirname, '../vectors/standard-webhooks.json'), 'utf8')
  const printed = await runProgram(program('test_vectors.py'))
  expect(printed).toContain(`${(JSON.parse(vectors) as unknown[]).length} vectors`)
})

test('it says what its environment lacks', async () => {
  for (const [env, problem] of [
    [{}, 'missing in the environment: WEBHOOK_SECRET, PORT'],
    [{ PORT: '80', WEBHOOK_SECRET: 'whsec_%' }, 'WEBHOOK_SECRET is no secret'],
    [{ PORT: 'http', WEBHOOK_SECRET: secretOfTest }, 'PORT must be a number'],
  ] as const) {
    const chat = startExample(program('app.py', [], { env }))
    expect(await chat.ended).toEqual({ code: 1, signal: null })
    expect(chat.lines.join('\n')).toContain(problem)
  }
})

test('it refuses what is forged, too long or no chat message, and keeps a message once', async () => {
  const port = await freePort()
  const database = join(directoryOfTest(), 'messages.db')
  const chat = await startChat(port, secretOfTest, database)
  const message = JSON.stringify({ room: 'kitchen', author: 'Ada', text: 'Hi', sentAt: '2026-01-01', seq: 1 })
  const sent = new Date()
  const send = async (id: string, body: string, signature?: string): Promise<number> => {
    const headers = {
      'webhook-id': id,
      'webhook-timestamp': `${Math.floor(sent.getTime() / 1000)}`,
      'webhook-signature': signature ?? new Webhook(secretOfTest).sign(id, sent, body),
    }
    const url = `http://127.0.0.1:${port}/webhooks/message`
    return (await fetch(url, { method: 'POST', headers, body })).status
  }
  expect(await send('msg_1', message, 'v1')).toBe(401)
  expect(await send('msg_1', message, 'v1,AAAA')).toBe(401)
  expect((await fetch(`http://127.0.0.1:${port}/webhooks/message`, { method: 'POST' })).status).toBe(401)
  expect(await send('msg_2', '{"room":"kitchen"}')).toBe(400)
  expect(await send('msg_2', '['.repeat(60_000))).toBe(400)
  expect(await send('msg_2', message + ' '.repeat(70_000))).toBe(413)
  expect(await send('msg_1', message)).toBe(204)
  expect(await send('msg_1', message)).toBe(204)
  await chat.printed(/^duplicate {2}msg_1/)
  expect(chat.lines.filter((line) => line.startsWith('received'))).toHaveLength(1)
  expect(await chat.stop()).toEqual({ code: 0, signal: null })
  expect(chat.lines.at(-1)).toBe('stopped')
})

test(
  'messages arrive in the browser as text, in order, and none is missing after it was cut off',
  { timeout: 60_000 },
  async () => {
    await using posthorn = await start({
      env: { POSTHORN_RETRY_SCHEDULE: '0.2,0.2,0.2,0.5,0.5,1,1,1,1,2,2,5,5,5' },
    })
    const port = await freePort()
    const url = `http://127.0.0.1:${port}`
    const subscription = program(
      'subscribe.py',
      [`${url}/webhooks/message`, 'kitchen', 'garden'],
      clientOf(posthorn),
    )
    const secret = printedSecret(await runProgram(subscription))
    const database = join(directoryOfTest(), 'messages.db')
    const chat = await startChat(port, secret, database)
    const say = (...lines: readonly string[]) =>
      runProgram(program('send.py', [], { ...clientOf(posthorn), input: `${lines.join('\n')}\n` }))

    await using browser = await openBrowser()
    const page = await browser.newPage()
    const alarms: string[] = []
    page.on('dialog', (dialog) => {
      alarms.push(dialog.message())
      void dialog.dismiss()
    })
    page.on('pageerror', (error) => alarms.push(error.message))
    await page.goto(url)
    await page.getByText('connected', { exact: true }).waitFor()

    const hostile = `<script>alert(1)</script><img src=x onerror="alert(2)">&amp;`
    await say(
      'kitchen Ada: 你好 🎺👩‍🚀',
      `kitchen Mallory: ${hostile}`,
      'attic Bob: nobody listens here',
      'garden <b>Eve</b>: roses',
    )
    expect(await shown(page, 'garden', 1)).toEqual(['<b>Eve</b>roses'])
    expect(await shown(page, 'kitchen', 2)).toEqual(['Ada你好 🎺👩‍🚀', `Mallory${hostile}`])
    expect(await page.locator('main script, main img, main b').count()).toBe(0)
    expect(await page.getByRole('heading').allTextContents()).toEqual(['Chat', 'kitchen', 'garden'])

    // A webhook may overtake another one: here the later message is published first.
    const publish = (text: string, sentAt: string, seq: number) =>
      posthorn.svix.message.create('chat', {
        eventType: 'chat.message',
        channels: ['garden'],
        payload: { room: 'garden', author: 'Eve', text, sentAt, seq },
      })
    const hour = 3_600_000
    const later = new Date(Date.now() + hour).toISOString()
    await publish('third', later, 3)
    await shown(page, 'garden', 2)
    const { id } = await publish('second', later, 2)
    expect(await shown(page, 'garden', 3)).toEqual(['<b>Eve</b>roses', 'Evesecond', 'Evethird'])
    await posthorn.svix.messageAttempt.resend('chat', id, 'page')
    await chat.printed(new RegExp(`^duplicate {2}${id}`))

    expect(await chat.stop('SIGKILL')).toEqual({ code: null, signal: 'SIGKILL' })
    await page.getByText('connecting', { exact: true }).waitFor()
    await say('kitchen Ada: are you there?', 'kitchen Ada: hello?')
    const again = await startChat(port, secret, database)
    expect((await shown(page, 'kitchen', 4)).slice(2)).toEqual(['Adaare you there?', 'Adahello?'])
    expect(await shown(page, 'garden', 3)).toHaveLength(3)
    // The page went on behind what it had: the five messages above.
    await again.printed(/^watched {4}from 5$/)

    const before = await page.locator('main').innerText()
    await page.reload()
    await shown(page, 'kitchen', 4)
    await shown(page, 'garden', 3)
    expect(await page.locator('main').innerText()).toBe(before)
    expect(alarms).toEqual([])
    expect(await again.stop()).toEqual({ code: 0, signal: null })
  },
)
