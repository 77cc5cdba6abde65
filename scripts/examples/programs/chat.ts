import { join } from 'node:path'
import { pythonWith } from '#test/support/python.ts'
import type { Command, Program, Start } from '../program.ts'

const folder = join(import.meta.dirname, '../../../examples/realtime-messages')

/** @returns the path of a Python that has what the example needs */
export async function buildChat(): Promise<string> {
  return await pythonWith(join(folder, 'requirements.txt'))
}

export type ChatProgram = 'app.py' | 'send.py' | 'subscribe.py' | 'test_vectors.py'

export function chatCommand(
  python: string,
  name: ChatProgram,
  args: readonly string[] = [],
  more: Omit<Command, 'command'> = {},
): Command {
  return { command: [python, join(folder, name), ...args], ...more }
}

export interface ChatOptions {
  readonly python: string
  readonly port: number
  readonly secret: string
  /** Its file, which outlives it. */
  readonly database: string
}

/** The application, once it listens. */
export async function startChat(
  start: Start,
  { python, port, secret, database }: ChatOptions,
): Promise<Program> {
  const env = { PORT: `${port}`, WEBHOOK_SECRET: secret, DATABASE: database }
  const chat = start(chatCommand(python, 'app.py', [], { env }))
  await chat.printed(/^listening on/)
  return chat
}
