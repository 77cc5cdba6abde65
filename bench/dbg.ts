import { startServer, startReceiver, createApplication, createEndpoint } from './support/processes.ts'
import { roundOf } from './speed.ts'
import { percentile } from './support/figures.ts'
const receiver = await startReceiver()
const server = await startServer()
const appId = await createApplication(server, 'x')
await createEndpoint(server, appId, { url: `${receiver.url}/ok` })
for (let i = 0; i < 2; i++) {
const r = await roundOf(server, receiver, appId, 4)
console.log(r.perSecond, r.cpuMicros, percentile(r.publishMs, .5), percentile(r.publishMs, .9), percentile(r.publishMs, .99), percentile(r.publishMs, .999))
}
const t = await (await fetch(server.url + '/metrics')).text()
console.log(t.split('\n').filter(l => /(commit_duration|publish_batch|event_loop).*(bucket|sum|count)/.test(l)).join('\n'))
await server[Symbol.asyncDispose](); await receiver[Symbol.asyncDispose]()
