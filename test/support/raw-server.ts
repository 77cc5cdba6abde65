import { type AddressInfo, createServer, type Server as NetServer, type Socket } from 'node:net'

export interface RawServer extends AsyncDisposable {
  readonly port: number
  /** Every socket that was accepted, in order. */
  readonly sockets: readonly Socket[]
}

/** Answers each request that arrives in one piece with the same bytes. */
export function answering(bytes: string | Uint8Array): (socket: Socket) => void {
  return (socket) => socket.on('data', () => socket.write(bytes))
}

/** A server on IPv4 that does as it is told with each socket. */
export async function startRawServer(
  onSocket: (socket: Socket) => void,
  server: NetServer = createServer(),
  /** `secureConnection` for a TLS server. */
  event: 'connection' | 'secureConnection' = 'connection',
): Promise<RawServer> {
  const sockets: Socket[] = []
  server.on(event, (socket: Socket) => {
    sockets.push(socket)
    socket.on('error', () => {})
    onSocket(socket)
  })
  await new Promise<void>((resolve) => server.listen(0, '0.0.0.0', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    sockets,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
