import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createRequire, stripTypeScriptTypes } from 'node:module'
import { dirname, join, relative } from 'node:path'
import { newSecretPair, signedWebhook } from '#test/support/signed-webhook.ts'
import { describe, expect, test } from 'vitest'

const room = import.meta.dirname

/** Every module that the entry reaches once types are gone, by its path, with what it imports. */
function graph(entry: string): ReadonlyMap<string, { readonly source: string; readonly imports: string[] }> {
  const modules = new Map<string, { source: string; imports: string[] }>()
  const waiting = [entry]
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (modules.has(path)) continue
    const source = stripTypeScriptTypes(readFileSync(path, 'utf8'))
    const imports = [...source.matchAll(/(?:\bfrom|\bimport)\s*\(?\s*['"]([^'"]+)['"]/g)].map(
      ([, name]) => name ?? '',
    )
    modules.set(path, { source, imports })
    for (const name of imports) if (name.startsWith('.')) waiting.push(join(dirname(path), name))
  }
  return modules
}

describe('the core of the receiver', () => {
  const modules = graph(join(room, 'index.ts'))

  test('imports its own files and nothing else', () => {
    expect([...modules.keys()].map((path) => relative(room, path))).toContain('signature-check.ts')
    const foreign = [...modules.values()].flatMap(({ imports }) =>
      imports.filter((name) => !name.startsWith('.')),
    )
    expect(foreign).toEqual([])
    expect([...modules.keys()].filter((path) => relative(room, path).startsWith('..'))).toEqual([])
  })

  test('and its adapters and stores are what the package exports', () => {
    const { resolve } = createRequire(import.meta.url)
    expect(resolve('posthorn/receiver')).toBe(join(room, 'index.ts'))
    expect(resolve('posthorn/receiver/adapters/express')).toBe(join(room, 'adapters/express.ts'))
    expect(resolve('posthorn/receiver/stores/postgres')).toBe(join(room, 'stores/postgres.ts'))
  })

  test('runs where there is nothing but Web APIs', () => {
    const { sender, receiver } = newSecretPair('ed25519')
    const { sender: symmetric } = newSecretPair('hmac256')
    const webhooks = [
      signedWebhook(sender, '{"n":1}', { id: 'msg_1' }),
      signedWebhook(symmetric, '{"n":2}', { id: 'msg_2' }),
    ]
    const input = {
      entry: join(room, 'index.ts'),
      modules: Object.fromEntries([...modules].map(([path, { source }]) => [path, source])),
      secrets: [receiver, symmetric],
      webhooks: webhooks.map(({ headers, body }) => ({ headers, body: body.toString() })),
    }
    const output = execFileSync(
      process.execPath,
      ['--no-warnings', '--experimental-vm-modules', '--input-type=module', '-e', program],
      {
        input: JSON.stringify(input),
        encoding: 'utf8',
      },
    )
    expect(JSON.parse(output)).toEqual({
      statuses: [204, 204, 401],
      seen: ['{"n":1}', '{"n":2}'],
      findings: ['not_explained'],
    })
  })
})

const program = `
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import vm from 'node:vm'

const input = JSON.parse(readFileSync(0, 'utf8'))
const names = ['atob', 'btoa', 'console', 'crypto', 'performance', 'Headers', 'ReadableStream', 'Request', 'Response',
  'TextDecoder', 'TextEncoder', 'URL']
const context = vm.createContext(Object.fromEntries(names.map((name) => [name, globalThis[name]])))
const modules = new Map()
function load(path) {
  if (!modules.has(path)) {
    modules.set(path, new vm.SourceTextModule(input.modules[path], { context, identifier: path }))
  }
  return modules.get(path)
}
const core = load(input.entry)
await core.link((name, from) => load(join(dirname(from.identifier), name)))
await core.evaluate()
const { createHandler, createMemoryStore, explain } = core.namespace
const seen = []
const handler = createHandler({ secrets: input.secrets, idempotency: createMemoryStore() }, (message) => {
  seen.push(message.text())
})
const statuses = []
for (const { headers, body } of [...input.webhooks, { ...input.webhooks[0], body: 'other' }]) {
  const response = await handler(new Request('https://receiver.test', { method: 'POST', headers, body }))
  statuses.push(response.status)
}
const findings = await explain({ ...input.webhooks[0], body: 'other' }, { secrets: input.secrets })
console.log(JSON.stringify({ statuses, seen, findings: findings.map(({ code }) => code) }))
`
