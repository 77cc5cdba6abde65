import { join } from 'node:path'
import { freePort } from '#test/support/free-port.ts'
import { buildChat, chatCommand, startChat } from '../programs/chat.ts'
import { printedSecret } from '../programs/secret.ts'
import type { Scenario } from '../scenario.ts'
import { python } from '../tools.ts'

const said = [
  'kitchen Ada: the kettle is on',
  'garden Eve: the roses are out 🌹',
  'attic Bob: does anybody hear me?',
  'kitchen Mallory: <script>alert("only text")</script>',
] as const
const heard = said.filter((line) => !line.startsWith('attic'))

interface Shown {
  readonly room: string
  readonly author: string
  readonly text: string
}

/** The first so many messages of the stream that the page in the browser shows. */
async function shownAt(url: string, count: number, signal: AbortSignal): Promise<readonly Shown[]> {
  const { body } = await fetch(`${url}/events`, { signal })
  if (body === null) throw new Error('the page has no stream')
  let text = ''
  // Whoever stops reading hangs up.
  for await (const part of body.pipeThrough(new TextDecoderStream())) {
    text += part
    const events = [...text.matchAll(/^data: (.+)\n/gm)]
    if (events.length >= count) return events.map(([, event = '']) => JSON.parse(event) as Shown)
  }
  throw new Error('the page’s stream ended')
}

export const realtimeMessages: Scenario = {
  name: 'realtime-messages',
  title: 'a chat in the browser, in Python with Flask',
  needs: [python],
  build: buildChat,
  async play({ stage, posthorn, built, tell }) {
    const port = await freePort()
    const url = `http://127.0.0.1:${port}`
    const env = { POSTHORN_URL: posthorn.url, POSTHORN_TOKEN: posthorn.token }
    const rooms = [`${url}/webhooks/message`, 'kitchen', 'garden']
    const secret = printedSecret(await stage.run(chatCommand(built, 'subscribe.py', rooms, { env })))
    const database = join(stage.directory, 'messages.db')
    const chat = await startChat(stage.start, { python: built, port, secret, database })
    tell('app.py', `listens on ${url}, in the rooms kitchen and garden`)

    const input = said.map((line) => `${line}\n`).join('')
    const published = await stage.run(chatCommand(built, 'send.py', [], { env, input }))
    for (const [index, line] of published.trimEnd().split('\n').entries()) {
      const [, id] = line.split('  ')
      tell('send.py', `published  ${id}  ${said[index]}`)
    }
    for (const line of await chat.printed(/^received/, heard.length)) tell('app.py', line)
    for (const { room, author, text } of await shownAt(url, heard.length, stage.signal)) {
      tell('page', `${room}: ${author} ${JSON.stringify(text)}`)
    }
    return [`the chat’s page: ${url}`]
  },
}
