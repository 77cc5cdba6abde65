import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/**
 * A receiver that counts, in a process of its own. The path says how it behaves:
 * `/ok` answers at once, `/hang` never, `/drip` a byte a second, `/429` refuses, `/big` answers with 1 MB.
 * A body that holds `"at":<epoch milliseconds>` is timed from then to its arrival.
 */

let count = 0
let bytes = 0
let latencies: number[] = []
const seen = new Map<string, number>()
const megabyte = Buffer.alloc(1_000_000, 120)

function clock(): number {
  return performance.timeOrigin + performance.now()
}

function answer(path: string, response: ServerResponse): void {
  if (path === '/ok') response.writeHead(204).end()
  else if (path === '/429') response.writeHead(429, { 'retry-after': '1' }).end()
  else if (path === '/big') response.writeHead(200).end(megabyte)
  else if (path === '/drip') drip(response)
}

function drip(response: ServerResponse): void {
  response.writeHead(200)
  const timer = setInterval(() => response.write('.'), 1_000)
  response.on('close', () => clearInterval(timer))
}

const server = createServer((request, response) => {
  const path = request.url ?? '/'
  let text = ''
  request.setEncoding('latin1')
  request.on('data', (chunk: string) => {
    text += chunk
  })
  request.on('end', () => {
    const now = clock()
    bytes += text.length
    const group = path.split('?', 1)[0] ?? path
    seen.set(path, (seen.get(path) ?? 0) + 1)
    if (group === '/ok') {
      count++
      const at = text.indexOf('"at":')
      if (at >= 0 && latencies.length < 2_000_000) latencies.push(now - Number.parseFloat(text.slice(at + 5, at + 24)))
    }
    answer(group, response)
  })
})
server.keepAliveTimeout = 120_000
server.listen(0, '127.0.0.1', 4096, () => process.send?.({ port: (server.address() as AddressInfo).port }))

process.on('message', (question: 'report' | 'reset') => {
  if (question === 'reset') {
    count = 0
    bytes = 0
    latencies = []
    seen.clear()
  }
  process.send?.({ count, bytes, latencies: question === 'report' ? latencies : [], paths: seen.size })
})
process.on('disconnect', () => process.exit(0))
