import { parentPort, workerData } from 'node:worker_threads'
import { openReader } from './database.ts'
import { faultOf } from './faults.ts'
import type { ReadRequest, ReadResponse, Reply, ThreadData } from './thread-protocol.ts'
import { readVerbs } from './verbs.ts'

const port = parentPort
if (port === null) throw new Error('runs only as a worker thread')
const { file, lookedAt } = workerData as ThreadData

const connection = openReader(file)
const verbs = readVerbs(
  {
    prepare: (sql) => connection.prepare(sql),
    notice: () => {
      throw new Error('a reader changes nothing')
    },
  },
  lookedAt,
)
const byName = verbs as unknown as Record<string, (...args: readonly unknown[]) => unknown>

port.on('message', ({ id, call: [verb, args] }: ReadRequest) => {
  let reply: Reply
  try {
    // One snapshot for all statements of the verb.
    connection.exec('begin')
    reply = { value: byName[verb]?.(...args) }
  } catch (error) {
    reply = { fault: faultOf(error) }
  } finally {
    if (connection.isTransaction) connection.exec('rollback')
  }
  const response: ReadResponse = { id, reply }
  port.postMessage(response)
})
port.once('close', () => connection.close())
