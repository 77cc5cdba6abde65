import { once } from 'node:events'
import { createServer } from 'node:net'

/** For a program that must be told its port. Nobody has it at this moment. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { readonly port: number }
  server.close()
  await once(server, 'close')
  return port
}
