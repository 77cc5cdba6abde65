import { Command, InvalidArgumentError, Option } from 'commander'
import { collected, count, isHttpUrl } from './arguments.ts'
import { type Delivered, Cursors, listen, type ListenerEvents, type Target } from './listener.ts'
import { type Origin, TailClient } from './tail-client.ts'

interface Flags {
  readonly server: string
  readonly token: string
  readonly from: readonly Origin[]
  readonly to: readonly Target[]
  readonly filter: readonly string[]
  readonly ack: 'local' | 'edge'
  readonly cursorFile?: string
  readonly json?: boolean
  readonly once?: number
}

export function listenCommand(): Command {
  return new Command('listen')
    .description(
      'Receive on this machine what a source, an application or an endpoint of a running Posthorn gets: the same bytes and headers, each message at least once, from where the last run ended.',
    )
    .requiredOption(
      '--from <source or application[/endpoint]>',
      'whom to listen to, by id or uid; may be repeated. With an endpoint, requests are signed as its deliveries are',
      collected(originOf),
    )
    .requiredOption(
      '--to <[event type=]url>',
      'where to post to, such as http://localhost:3000/hook, or only some event types: issues.*=http://localhost:3000/issues; may be repeated',
      collected(targetOf),
    )
    .addOption(
      new Option('--server <url>', 'the Posthorn to listen to')
        .env('POSTHORN_SERVER')
        .default('http://127.0.0.1:8071'),
    )
    .addOption(
      new Option(
        '--token <token>',
        'of its organisation, or of the application with the right to manage endpoints',
      )
        .env('POSTHORN_TOKEN')
        .makeOptionMandatory(),
    )
    .option('--filter <event type>', 'only these; may be repeated', collected(String), [])
    .addOption(
      new Option(
        '--ack <who>',
        'local: a message counts as taken when this machine has answered 2xx, and is posted again until then. edge: as soon as it came',
      )
        .choices(['local', 'edge'])
        .default('edge'),
    )
    .option(
      '--cursor-file <file>',
      'remember in it how far was read, and go on from there (default: begin now)',
    )
    .option('--json', 'print a line of JSON for each delivery')
    .option('--once <count>', 'end with 0 after so many messages', count)
    .action(run)
}

async function run(flags: Flags): Promise<void> {
  const stop = new AbortController()
  const end = (): void => stop.abort()
  process.once('SIGINT', end)
  process.once('SIGTERM', end)
  let taken = 0
  const shown = flags.json === true ? jsonLines : plainLines
  const on: ListenerEvents = {
    ...shown,
    delivered(delivered) {
      shown.delivered(delivered)
      if (delivered.againAfterMs === null && ++taken === flags.once) end()
    },
  }
  const client = new TailClient(flags.server, flags.token, flags.filter)
  const cursors = new Cursors(flags.cursorFile ?? null)
  const parts = { client, targets: flags.to, ack: flags.ack, cursors, on }
  try {
    await Promise.all(flags.from.map((origin) => listen(origin, parts, stop.signal)))
  } finally {
    stop.abort()
    process.off('SIGINT', end)
    process.off('SIGTERM', end)
  }
}

function originOf(text: string): Origin {
  const [appRef = '', endpointRef = null, ...rest] = text.split('/')
  if (appRef === '' || endpointRef === '' || rest.length > 0)
    throw new InvalidArgumentError('It must be an id or uid, or two with / between.')
  return { appRef, endpointRef }
}

function targetOf(text: string): Target {
  const at = /^[\w.*-]+=/.exec(text)?.[0].length ?? 0
  const url = text.slice(at)
  if (!isHttpUrl(url))
    throw new InvalidArgumentError('It must be an http or https URL, or an event type, = and one.')
  return { pattern: at === 0 ? null : patternOf(text.slice(0, at - 1)), url }
}

function patternOf(glob: string): RegExp {
  return new RegExp(`^${glob.replaceAll('.', String.raw`\.`).replaceAll('*', '.*')}$`)
}

function originText({ appRef, endpointRef }: Origin): string {
  return endpointRef === null ? appRef : `${appRef}/${endpointRef}`
}

function resultOf({ answer, againAfterMs }: Delivered): string {
  const took = `${Math.round(answer.durationMs)} ms`
  const result = answer.kind === 'answered' ? `${answer.status} in ${took}` : `unreachable (${answer.detail})`
  return againAfterMs === null ? result : `${result}, again in ${againAfterMs / 1000} s`
}

const plainLines: ListenerEvents = {
  connected: (origin) => console.log(`listening to ${originText(origin)}`),
  disconnected: (origin, detail) => console.error(`${originText(origin)}: ${detail}; trying again`),
  delivered(delivered) {
    const { incoming, url } = delivered
    console.log(`${incoming.timestamp} ${incoming.id} ${incoming.eventType} -> ${url} ${resultOf(delivered)}`)
  },
}

const jsonLines: ListenerEvents = {
  connected: (origin) => console.log(JSON.stringify({ event: 'connected', from: originText(origin) })),
  disconnected: (origin, detail) =>
    console.log(JSON.stringify({ event: 'disconnected', from: originText(origin), detail })),
  delivered({ origin, incoming: { id, eventType, timestamp, headers, body }, url, answer, againAfterMs }) {
    const message = { id, eventType, timestamp, headers, body: Buffer.from(body).toString('base64') }
    console.log(
      JSON.stringify({
        event: 'delivered',
        from: originText(origin),
        to: url,
        message,
        answer,
        againAfterMs,
      }),
    )
  },
}
