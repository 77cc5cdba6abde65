import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { Worker } from 'node:worker_threads'
import { now } from './clock.ts'
import type { Question, Received } from './receiver.ts'

/**
 * A receiver that counts. The first word of the path says how it answers: `/ok` at once, `/drip` a byte a second,
 * `/429` refuses, `/big` sends 1 MB. The second word is the group that the request is counted in. A body that holds
 * `"at":<milliseconds of the machine's clock>` is timed from then to its last byte's arrival.
 */

interface Group {
  count: number
  latencies: number[]
  /** By message and path: what arrives twice is counted once. */
  readonly distinct: Set<string>
}

const maxLatencies = 500_000
const megabyte = 1_000_000
const piece = Buffer.alloc(50_000, 120)
let groups = new Map<string, Group>()
let endedBytes = 0
const sockets = new Set<Socket>()

function groupOf(name: string): Group {
  let group = groups.get(name)
  if (group === undefined) {
    group = { count: 0, latencies: [], distinct: new Set() }
    groups.set(name, group)
  }
  return group
}

function answer(kind: string, response: ServerResponse): void {
  if (kind === 'ok') response.writeHead(204).end()
  else if (kind === '429') response.writeHead(429).end()
  else if (kind === 'big') sendMegabyte(response)
  else if (kind === 'drip') drip(response)
  else response.writeHead(404).end()
}

function drip(response: ServerResponse): void {
  response.writeHead(200)
  response.write('.')
  const timer = setInterval(() => response.write('.'), 1_000)
  response.on('close', () => clearInterval(timer))
}

/** A piece at a time, so that whoever takes much keeps nobody waiting. */
function sendMegabyte(response: ServerResponse): void {
  response.writeHead(200, { 'content-length': megabyte })
  let left = megabyte
  const send = (): void => {
    if (response.destroyed) return
    left -= piece.length
    if (left <= 0) response.end(piece)
    else if (response.write(piece)) setImmediate(send)
    else response.once('drain', () => setImmediate(send))
  }
  send()
}

const server = createServer((request, response) => {
  const url = request.url ?? '/'
  let text = ''
  request.setEncoding('latin1')
  request.on('data', (chunk: string) => {
    text += chunk
  })
  request.on('end', () => {
    const arrivedAt = now()
    const [, kind = '', name = ''] = url.split('?', 1)[0]?.split('/') ?? []
    const group = groupOf(name)
    group.count++
    group.distinct.add(`${String(request.headers['webhook-id'])}${url}`)
    const at = text.indexOf('"at":')
    if (at >= 0 && group.latencies.length < maxLatencies) {
      group.latencies.push(arrivedAt - Number.parseFloat(text.slice(at + 5, at + 24)))
    }
    answer(kind, response)
  })
})
server.keepAliveTimeout = 120_000
server.on('connection', (socket) => {
  sockets.add(socket)
  socket.on('error', () => socket.destroy())
  socket.on('close', () => {
    sockets.delete(socket)
    endedBytes += socket.bytesRead + socket.bytesWritten
  })
})

function report(withLatencies: boolean): Received {
  let bytes = endedBytes
  for (const socket of sockets) bytes += socket.bytesRead + socket.bytesWritten
  const { user, system } = process.cpuUsage()
  return {
    bytes,
    cpuSeconds: (user + system) / 1e6,
    groups: Object.fromEntries(
      [...groups].map(([name, { count, distinct, latencies }]) => [
        name,
        { count, distinct: distinct.size, latencies: withLatencies ? latencies : [] },
      ]),
    ),
  }
}

process.on('message', (question: Question) => {
  if (question === 'reset') groups = new Map()
  process.send?.(report(question === 'report'))
})
process.on('disconnect', () => process.exit(0))

/** Its backlog is full after two connections: whoever connects next waits for ever. */
const deaf = new Worker(new URL('deaf-thread.ts', import.meta.url))
deaf.once('message', (deafPort: number) => {
  server.listen(0, '127.0.0.1', 4096, () => {
    process.send?.({ port: (server.address() as AddressInfo).port, deafPort })
  })
})
