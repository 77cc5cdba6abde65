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
    // -1 where another connection was at it.
    const pages = checkpoint.get()?.log as number
    response = { fault: null, pages: Math.max(0, pages) }
  } catch (error) {
    response = { fault: faultOf(error), pages: 0 }
  }
  port.postMessage(response)
})
port.once('close', () => connection.close())
