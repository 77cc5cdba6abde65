import { Command, InvalidArgumentError, Option } from 'commander'
import { StartRefused } from '#core/errors.ts'
import { collected, count, isHttpUrl } from './arguments.ts'
import { ListenScreen } from './listen-screen.ts'
import {
  type Delivered,
  Cursors,
  isTaken,
  listen,
  type ListenerEvents,
  take,
  type Target,
  wordsOf,
} from './listener.ts'
import { OptionsRefused } from './options.ts'
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
  readonly plain?: boolean
  readonly replay?: string
}

export function listenCommand(): Command {
  return new Command('listen')
    .description(
      'Receive on this machine what a source, an application or an endpoint of a running Posthorn gets: the same bytes and headers, each message at least once, from where the last run ended. On a terminal it shows a list that keys move through.',
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
    .option('--plain', 'print a line for each delivery, on a terminal too')
    .option('--replay <message id>', 'post this one message again, and end with 0 where all answer 2xx')
    .action(run)
}

async function run(flags: Flags): Promise<void> {
  const stop = new AbortController()
  const end = (): void => stop.abort()
  for (const name of signals) process.once(name, end)
  const client = new TailClient(flags.server, flags.token, flags.filter)
  try {
    if (flags.replay === undefined) await follow(flags, client, stop)
    else await replay(flags, flags.replay, client, stop.signal)
  } finally {
    stop.abort()
    for (const name of signals) process.off(name, end)
  }
}

const signals = ['SIGINT', 'SIGTERM'] as const

async function follow(flags: Flags, client: TailClient, stop: AbortController): Promise<void> {
  const cursors = new Cursors(flags.cursorFile ?? null, flags.server)
  const end = (): void => stop.abort()
  const { stdin: input, stdout: output } = process
  const isScreen =
    output.isTTY && input.isTTY && flags.json !== true && flags.once === undefined && flags.plain !== true
  const title = `posthorn listen   ${flags.from.map(originText).join(' ')}`
  using screen = isScreen ? new ListenScreen({ input, output, title, quit: end, signal: stop.signal }) : null
  const shown = screen?.events ?? (flags.json === true ? jsonLines : plainLines)
  let taken = 0
  const on: ListenerEvents = {
    ...shown,
    taken() {
      if (++taken === flags.once) end()
    },
  }
  const parts = { client, targets: flags.to, ack: flags.ack, cursors, on }
  // Where one is refused, the others end before the screen closes: nothing is to be drawn behind it.
  const listening = flags.from.map((origin) => listen(origin, parts, stop.signal).finally(end))
  await Promise.allSettled(listening)
  await Promise.all(listening)
}

async function replay(
  { from, to: targets, json }: Flags,
  messageId: string,
  client: TailClient,
  signal: AbortSignal,
): Promise<void> {
  const [origin, ...others] = from
  if (origin === undefined || others.length > 0) throw new OptionsRefused(['--replay takes one --from'])
  const incoming = await client.message(origin, messageId, signal).catch((error: unknown) => {
    if (error instanceof StartRefused || signal.aborted) throw error
    throw new StartRefused('server_unreachable', wordsOf(error), 'Look at --server.')
  })
  if (incoming === null) {
    throw new StartRefused(
      'payload_expired',
      `the payload of ${messageId} has expired`,
      'It is not kept for ever.',
    )
  }
  const shown = json === true ? jsonLines : plainLines
  let [posted, refused] = [0, 0]
  const on: ListenerEvents = {
    ...shown,
    delivered(delivered) {
      shown.delivered(delivered)
      posted++
      if (!isTaken(delivered.answer)) refused++
    },
  }
  await take(origin, incoming, { targets, ack: 'edge', on }, signal)
  if (posted === 0) console.error(`posthorn: no --to is for the event type ${incoming.eventType}`)
  if (posted === 0 || refused > 0) process.exitCode = 1
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
