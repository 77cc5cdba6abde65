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
  let response: CheckpointResponse = { fault: null }
  try {
    checkpoint.get()
  } catch (error) {
    response = { fault: faultOf(error) }
  }
  port.postMessage(response)
})
port.once('close', () => connection.close())
