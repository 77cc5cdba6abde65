import { freePort } from '#test/support/free-port.ts'
import { buildAlertReceiver, listedAlerts, startAlertReceiver } from '../programs/alert-receiver.ts'
import {
  type Alert,
  createAlertSource,
  findAlertmanager,
  startAlertmanager,
} from '../programs/alertmanager.ts'
import type { Scenario } from '../scenario.ts'
import { alertmanager, go } from '../tools.ts'

const credentials = 'a-token-of-your-own'
const disk: Alert = {
  labels: { alertname: 'DiskFull', instance: 'db1' },
  annotations: { summary: '96 % of /var is used' },
}
const latency: Alert = {
  labels: { alertname: 'SlowAnswers', instance: 'web1' },
  annotations: { summary: 'p99 is above a second' },
}

function named({ labels }: Alert): string {
  return `${labels.alertname} of ${labels.instance}`
}

export const alerts: Scenario = {
  name: 'alerts',
  title: 'alerts of a real Alertmanager, in Go',
  needs: [go, alertmanager],
  build: buildAlertReceiver,
  async play({ stage, posthorn, built, tell }) {
    const port = await freePort()
    const url = `http://127.0.0.1:${port}`
    const { secret, ingestUrl } = await createAlertSource(posthorn, credentials, `${url}/webhooks/alert`)
    const { directory } = stage
    const receiver = await startAlertReceiver(stage.start, { program: built, port, secret, directory })
    tell('receiver', `listens on ${url}`)
    const manager = await startAlertmanager(stage.start, {
      program: await findAlertmanager(),
      directory,
      webhookUrl: ingestUrl,
      token: credentials,
      repeatInterval: '4h',
    })
    tell('alertmanager', `listens on ${manager.url}, notifies ${ingestUrl}`)

    await manager.post([disk, latency])
    tell('alertmanager', `${named(disk)} and ${named(latency)} fire`)
    for (const line of await receiver.printed(/^raised/, 2)) tell('receiver', line)
    await manager.resolve([disk])
    tell('alertmanager', `${named(disk)} is over`)
    for (const line of await receiver.printed(/^resolved/)) tell('receiver', line)
    const { open, resolved } = await listedAlerts(port)
    tell('list', `open: ${open.map(named).join(', ')}; resolved: ${resolved.map(named).join(', ')}`)
    return [`the alerts: ${url}/alerts`, `Alertmanager: ${manager.url}`]
  },
}
