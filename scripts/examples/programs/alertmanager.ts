import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Svix } from 'svix'
import { freePort } from '#test/support/free-port.ts'
import { runProgram, type Start } from '../program.ts'

export interface Alert {
  readonly labels: Readonly<Record<string, string>>
  readonly annotations?: Readonly<Record<string, string>>
  readonly generatorURL?: string
  readonly startsAt?: string
  readonly endsAt?: string
}

export interface Alertmanager {
  /** Of its own page. */
  readonly url: string
  post(alerts: readonly Alert[]): Promise<void>
  resolve(alerts: readonly Alert[]): Promise<void>
}

export interface AlertmanagerOptions {
  readonly program: string
  /** Of its files. */
  readonly directory: string
  /** Where it notifies. */
  readonly webhookUrl: string
  /** What it shows there. */
  readonly token: string
  readonly repeatInterval: string
}

/** Debian has it under a name of its own. */
export async function findAlertmanager(): Promise<string> {
  for (const name of ['prometheus-alertmanager', 'alertmanager']) {
    try {
      await runProgram({ command: [name, '--version'] })
      return name
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    }
  }
  throw new Error('the example needs Alertmanager: apt-get install prometheus-alertmanager')
}

function configuration({ webhookUrl, token, repeatInterval }: AlertmanagerOptions): string {
  return `route:
  receiver: posthorn
  group_by: [alertname]
  group_wait: 200ms
  group_interval: 300ms
  repeat_interval: ${repeatInterval}
receivers:
  - name: posthorn
    webhook_configs:
      - url: ${webhookUrl}
        http_config:
          authorization:
            credentials: ${token}
`
}

export async function startAlertmanager(start: Start, options: AlertmanagerOptions): Promise<Alertmanager> {
  const { program, directory } = options
  const config = join(directory, 'alertmanager.yml')
  writeFileSync(config, configuration(options))
  const address = `127.0.0.1:${await freePort()}`
  const child = start({
    command: [
      program,
      `--config.file=${config}`,
      `--storage.path=${join(directory, 'storage')}`,
      `--web.listen-address=${address}`,
      '--cluster.listen-address=',
    ],
  })
  await child.printed(/Listening on/)
  const post = async (alerts: readonly Alert[]): Promise<void> => {
    const response = await fetch(`http://${address}/api/v2/alerts`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(alerts),
    })
    if (!response.ok) throw new Error(`Alertmanager answered ${response.status}: ${await response.text()}`)
  }
  return {
    url: `http://${address}`,
    post,
    resolve: (alerts) => post(alerts.map((alert) => ({ ...alert, endsAt: new Date().toISOString() }))),
  }
}

export interface AlertSource {
  readonly sourceId: string
  readonly endpointId: string
  /** Of the endpoint. */
  readonly secret: string
  /** Where Alertmanager notifies. */
  readonly ingestUrl: string
}

/**
 * A source for Alertmanager and its endpoint.
 *
 * @param credentials what Alertmanager must show
 * @param receiverUrl where the endpoint is
 */
export async function createAlertSource(
  { url, token, svix }: { readonly url: string; readonly token: string; readonly svix: Svix },
  credentials: string,
  receiverUrl: string,
): Promise<AlertSource> {
  // Not by the SDK: it does not know this type of source.
  const response = await fetch(`${url}/ingest/api/v1/source`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'Alertmanager', type: 'alertmanager', config: { secret: credentials } }),
  })
  if (!response.ok) throw new Error(`Posthorn answered ${response.status}: ${await response.text()}`)
  const source = (await response.json()) as { readonly id: string; readonly ingestUrl: string }
  const endpoint = await svix.ingest.endpoint.create(source.id, { url: receiverUrl })
  const { key } = await svix.ingest.endpoint.getSecret(source.id, endpoint.id)
  return {
    sourceId: source.id,
    endpointId: endpoint.id,
    secret: key,
    // The server's own address is another one than its options say, where it took any free port.
    ingestUrl: `${url}${new URL(source.ingestUrl).pathname}`,
  }
}
