import { connect } from 'node:net'
import { Worker } from 'node:worker_threads'

export interface DeafServer extends AsyncDisposable {
  readonly port: number
}

/** Its event loop stands still once it listens, so that the kernel alone takes connections, as far as the backlog goes. */
const program = `
  const server = require('node:net').createServer()
  server.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
    require('node:worker_threads').parentPort.postMessage(server.address().port)
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
  })
`
/** Linux lets one more in than the backlog says. */
const taken = 2

/** Never accepts, and its backlog is full: connecting hangs, as it does to a host that drops packets. */
export async function startDeafServer(): Promise<DeafServer> {
  const worker = new Worker(program, { eval: true })
  const port = await new Promise<number>((resolve) => worker.once('message', resolve))
  const fillers = Array.from({ length: taken }, () => connect(port, '127.0.0.1'))
  await Promise.all(fillers.map((socket) => new Promise<void>((resolve) => socket.once('connect', resolve))))
  return {
    port,
    async [Symbol.asyncDispose]() {
      for (const socket of fillers) socket.on('error', () => {}).destroy()
      await worker.terminate()
    },
  }
}
