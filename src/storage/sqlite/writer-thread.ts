import { parentPort, workerData } from 'node:worker_threads'
import { armCrashPoint, reach } from '#lib/crash-point.ts'
import type { Notice } from '../storage.ts'
import { openWriter } from './database.ts'
import { faultOf, isFatal, isPassing } from './faults.ts'
import type { Call, Reply, ThreadData, WriteRequest, WriteResponse } from './thread-protocol.ts'
import { writeVerbs } from './verbs.ts'

const port = parentPort
if (port === null) throw new Error('runs only as a worker thread')
const { file, crashAt } = workerData as ThreadData
if (crashAt !== null) armCrashPoint(crashAt.point, crashAt.visits)

const connection = openWriter(file)
let notices: Notice[] = []
const writing = writeVerbs({
  prepare: (sql) => connection.prepare(sql),
  notice: (notice) => notices.push(notice),
})
const byName = writing.verbs as unknown as Record<string, (...args: readonly unknown[]) => unknown>

const begin = connection.prepare('begin immediate')
const commit = connection.prepare('commit')
const savepoint = connection.prepare('savepoint verb')
const release = connection.prepare('release verb')
const undo = connection.prepare('rollback to verb')

/** A call by itself fails by itself; a fault of the disk fails the transaction. */
function run([verb, args]: Call): Reply {
  const told = notices.length
  savepoint.run()
  try {
    const value = byName[verb]?.(...args)
    writing.beforeRelease()
    release.run()
    return { value }
  } catch (error) {
    const fault = faultOf(error)
    if (isPassing(fault) || isFatal(fault) || !connection.isTransaction) throw error
    undo.run()
    release.run()
    notices.length = told
    writing.afterRollback()
    return { fault }
  }
}

function transact(calls: readonly Call[]): readonly Reply[] {
  try {
    begin.run()
    const replies = calls.map(run)
    reach('before-commit')
    commit.run()
    writing.afterCommit()
    reach('after-commit')
    return replies
  } catch (error) {
    if (connection.isTransaction) connection.exec('rollback')
    notices = []
    writing.afterRollback()
    const fault = faultOf(error)
    return calls.map(() => ({ fault }))
  }
}

port.on('message', ({ calls }: WriteRequest) => {
  const replies = transact(calls)
  const response: WriteResponse = { replies, notices }
  notices = []
  port.postMessage(response)
})
port.once('close', () => connection.close())
