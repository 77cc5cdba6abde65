import { createHmac, createSecretKey } from 'node:crypto'
import { Pool } from 'undici'

/** The yardstick: signs a body and posts it, as fast as 64 connections go, for some seconds. */

const [origin = '', seconds = '5', connections = '64'] = process.argv.slice(2)
const pool = new Pool(origin, { connections: Number(connections), pipelining: 1 })
const key = createSecretKey(Buffer.alloc(24, 7))
const body = JSON.stringify({ type: 'invoice.paid', data: 'x'.repeat(960) })
const deadline = performance.now() + Number(seconds) * 1000
let count = 0

async function post(): Promise<void> {
  while (performance.now() < deadline) {
    const id = `msg_${count++}`
    const timestamp = String(Math.floor(Date.now() / 1000))
    const signature = createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest('base64')
    const { body: answer } = await pool.request({
      method: 'POST',
      path: '/ok',
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
const cpuBefore = process.cpuUsage()
await Promise.all(Array.from({ length: Number(connections) }, post))
const cpu = process.cpuUsage(cpuBefore)
const result = { count, seconds: (performance.now() - startedAt) / 1000, cpuMicros: (cpu.user + cpu.system) / count }
await pool.close()
// A message that is still on its way would be lost with the channel.
process.send?.(result, () => process.disconnect?.())
