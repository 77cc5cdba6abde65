import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { callApi } from '#test/support/call-api.ts'
import { killableToken, startKillable, directoryOfTest } from '#test/support/killable-server.ts'
import { hasStrace, strace } from '#test/support/strace.ts'
import { expect, test } from 'vitest'

/** A killed process leaves the page cache alive, a dead machine does not: so the calls themselves are looked at. */

const publishes = 10
if (!hasStrace) console.warn('strace is not installed: the fsync before each 202 is not looked at')

interface Trace {
  /** Lines on which a message's own page went to the log, by the message's number. */
  readonly written: ReadonlyMap<number, number>
  /** From the line on which a sync of the log began to the one on which it had succeeded. */
  readonly syncs: readonly { readonly began: number; readonly ended: number }[]
  /** Lines on which a 202 went to its socket, in order. */
  readonly answered: readonly number[]
}

function read(trace: string): Trace {
  const written = new Map<number, number>()
  const syncs: { began: number; ended: number }[] = []
  const answered: number[] = []
  /** A call that another thread's line interrupts is told in two halves. */
  const begunByThread = new Map<string, number>()
  for (const [line, text] of trace.split('\n').entries()) {
    const thread = /^\d+/.exec(text)?.[0] ?? ''
    if (/^\d+ +pwrite64\(\d+<[^>]*posthorn\.db-wal>/.test(text)) {
      // Later messages share the page and write it again.
      for (const [, n] of text.matchAll(/mark-(\d+)-mark/g))
        if (!written.has(Number(n))) written.set(Number(n), line)
    } else if (/^\d+ +f(data)?sync\(\d+<[^>]*posthorn\.db-wal>/.test(text)) {
      if (text.includes('<unfinished')) begunByThread.set(thread, line)
      else if (text.endsWith('= 0')) syncs.push({ began: line, ended: line })
    } else if (/^\d+ +<\.\.\. f(data)?sync resumed>/.test(text)) {
      const began = begunByThread.get(thread)
      begunByThread.delete(thread)
      if (began !== undefined && text.endsWith('= 0')) syncs.push({ began, ended: line })
    } else if (/^\d+ +(write|writev|sendto|sendmsg)\(.*"HTTP\/1\.1 202 /.test(text)) answered.push(line)
  }
  return { written, syncs, answered }
}

test.skipIf(!hasStrace)('the log is on the disk before each 202 leaves', { timeout: 60_000 }, async () => {
  const dataDir = directoryOfTest()
  const traceFile = join(dataDir, 'trace')
  const token = await killableToken()
  const server = startKillable(dataDir)
  const url = (await server.url) ?? ''
  const { text } = await callApi(url, token, 'POST', '/app', { name: 'Traced' })
  const { id } = JSON.parse(text) as { id: string }
  const calls = 'trace=pwrite64,fsync,fdatasync,write,writev,sendto,sendmsg'
  const letGo = await strace(server.pid, ['-s', '8192', '-e', calls, '-o', traceFile])
  // One after the other: each has its own transaction and its own sync.
  for (let n = 0; n < publishes; n++) {
    const payload = { mark: `mark-${n}-mark` }
    const { status } = await callApi(url, token, 'POST', `/app/${id}/msg`, { eventType: 'a', payload })
    expect(status).toBe(202)
  }
  await letGo()
  await server.kill('SIGTERM')
  const { written, syncs, answered } = read(readFileSync(traceFile, 'latin1'))

  expect([...written.keys()]).toEqual(Array.from({ length: publishes }, (_, n) => n))
  expect(answered).toHaveLength(publishes)
  for (const [n, answerLine] of answered.entries()) {
    const writtenLine = written.get(n) ?? Infinity
    const isSynced = syncs.some(({ began, ended: done }) => began > writtenLine && done < answerLine)
    expect(isSynced, `message ${n}: written on line ${writtenLine}, answered on ${answerLine}`).toBe(true)
  }
})
