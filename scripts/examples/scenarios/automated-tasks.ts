import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { freePort } from '#test/support/free-port.ts'
import { builderCommand, requestedIds, startBuilder } from '../programs/builder.ts'
import { printedSecret } from '../programs/secret.ts'
import type { Scenario } from '../scenario.ts'

const revisions = ['a1b2c3', 'd4e5f6'] as const

export const automatedTasks: Scenario = {
  name: 'automated-tasks',
  title: 'a build for each webhook, in TypeScript with Express',
  needs: [],
  build: async () => process.execPath,
  async play({ stage, posthorn, tell }) {
    const port = await freePort()
    const env = { POSTHORN_URL: posthorn.url, POSTHORN_TOKEN: posthorn.token }
    const url = `http://127.0.0.1:${port}`
    const subscription = builderCommand('subscribe.ts', [`${url}/webhooks/task`], { env })
    const secret = printedSecret(await stage.run(subscription))
    const dataDir = join(stage.directory, 'builds')
    const builder = await startBuilder(stage.start, { port, secret, dataDir })
    tell('server.ts', `listens on ${url}`)

    const ids = requestedIds(await stage.run(builderCommand('request.ts', revisions, { env })))
    for (const [revision, id] of ids) tell('request.ts', `published  ${id}  ${revision}`)
    await builder.printed(/^done/, revisions.length)
    for (const line of builder.lines.slice(1)) tell('server.ts', line)
    for (const id of ids.values()) tell('built', `${id}/ has ${readdirSync(join(dataDir, id)).join(', ')}`)
    return [`what was built: ${dataDir}`]
  },
}
