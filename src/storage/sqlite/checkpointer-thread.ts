import { parentPort, workerData } from 'node:worker_threads'
import { openWriter } from './database.ts'
import { faultOf } from './faults.ts'
import type { CheckpointResponse, ThreadData } from './thread-protocol.ts'

const port = parentPort
if (port === null) throw new Error('runs only as a worker thread')
const { file } = workerData as ThreadData
const connection = openWriter(file)
// Copies what it can without waiting for anyone, and without anyone waiting for it.
const checkpoint = connection.prepare('pragma wal_checkpoint(passive)')

port.on('message', () => {
  let response: CheckpointResponse
  try {
    const { busy, log, checkpointed } = checkpoint.get() as Record<string, number>
    // Another connection was at it where it was busy, and nothing is known.
    response = { fault: null, left: busy === 0 ? (log ?? 0) - (checkpointed ?? 0) : null, log: log ?? 0 }
  } catch (error) {
    response = { fault: faultOf(error), left: null, log: 0 }
  }
  port.postMessage(response)
})
port.once('close', () => connection.close())
