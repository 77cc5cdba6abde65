import { createHmac, createSecretKey } from 'node:crypto'
import { Pool } from 'undici'
import type { LoopResult } from './programs.ts'

/** The yardstick: signs a body of 1 KB and posts it, as fast as its connections go, for some seconds. */

const [origin = '', seconds = '5', connections = '64'] = process.argv.slice(2)
const pool = new Pool(origin, { connections: Number(connections), pipelining: 1 })
const key = createSecretKey(Buffer.alloc(24, 7))
const body = JSON.stringify({ type: 'invoice.paid', data: 'x'.repeat(985) })
let count = 0

async function post(): Promise<void> {
  while (performance.now() < deadline) {
    const id = `msg_${count++}`
    const timestamp = String(Math.floor(Date.now() / 1000))
    const signature = createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest('base64')
    const { body: answer } = await pool.request({
      method: 'POST',
      path: '/ok/loop',
      headers: {
        'content-type': 'application/json',
        'webhook-id': id,
        'webhook-timestamp': timestamp,
        'webhook-signature': `v1,${signature}`,
      },
      body,
    })
    await answer.dump()
  }
}

const startedAt = performance.now()
const deadline = startedAt + Number(seconds) * 1000
const cpuBefore = process.cpuUsage()
await Promise.all(Array.from({ length: Number(connections) }, post))
const { user, system } = process.cpuUsage(cpuBefore)
const result: LoopResult = {
  count,
  seconds: (performance.now() - startedAt) / 1000,
  cpuMicros: (user + system) / count,
}
await pool.close()
// A message that is still on its way would be lost with the channel.
process.send?.(result, () => process.disconnect?.())
