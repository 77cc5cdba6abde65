import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { signOrganisationToken } from '#api/tokens.ts'
import { jwtKeysOf } from '#config/jwt-keys.ts'
import { jwtSecret, startKillable } from '#test/support/killable-server.ts'
import { organisation, temporaryDirectory } from '#test/support/start-app.ts'
import { until } from '#test/support/until.ts'
import { expect, test } from 'vitest'

/** A killed process leaves the page cache alive, a dead machine does not: so the calls themselves are looked at. */

const hasStrace = spawnSync('strace', ['-V']).status === 0

interface Call {
  readonly kind: 'begin' | 'log' | 'synced' | 'answer'
  readonly line: string
}

function callsOf(trace: string): Call[] {
  return trace.split('\n').flatMap((line): Call[] => {
    if (/pwrite64\(.*posthorn\.db-wal/.test(line)) return [{ kind: 'log', line }]
    if (/(fsync|fdatasync)\(.*posthorn\.db-wal.*\) += 0/.test(line)) return [{ kind: 'synced', line }]
    if (/<\.\.\. (fsync|fdatasync) resumed>.*= 0/.test(line)) return [{ kind: 'synced', line }]
    if (/"HTTP\/1\.1 202 /.test(line)) return [{ kind: 'answer', line }]
    return []
  })
}

test.skipIf(!hasStrace)('the log is on the disk before each 202 leaves', { timeout: 60_000 }, async () => {
  const dataDir = temporaryDirectory()
  const trace = join(dataDir, 'trace')
  const token = await signOrganisationToken(jwtKeysOf('HS256', jwtSecret), organisation, Date.now())
  const server = startKillable(dataDir)
  const url = await server.url
  const post = (path: string, body: object) =>
    fetch(`${url}/api/v1${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
  const { id } = (await (await post('/app', { name: 'Traced' })).json()) as { id: string }
  const strace = spawn(
    'strace',
    [
      '-f',
      '-y',
      '-s',
      '64',
      '-e',
      'trace=pwrite64,fsync,fdatasync,write,writev,sendto,sendmsg',
      '-o',
      trace,
      '-p',
      String(server.pid),
    ],
    { stdio: 'ignore' },
  )
  await until(() =>
    Promise.resolve(/TracerPid:\t[1-9]/.test(readFileSync(`/proc/${server.pid}/status`, 'utf8'))),
  )
  for (let n = 0; n < 10; n++)
    expect((await post(`/app/${id}/msg`, { eventType: 'a', payload: { n } })).status).toBe(202)
  const ended = once(strace, 'exit')
  strace.kill('SIGINT')
  await ended
  await server.kill('SIGTERM')

  const calls = callsOf(readFileSync(trace, 'utf8'))
  rmSync(dataDir, { recursive: true, force: true })
  const answers = calls.filter(({ kind }) => kind === 'answer')
  expect(answers).toHaveLength(10)
  let isWritten = false
  let isSynced = false
  for (const { kind, line } of calls) {
    if (kind === 'log') {
      isWritten = true
      isSynced = false
    } else if (kind === 'synced') isSynced = true
    else {
      expect({ isWritten, isSynced }, line).toEqual({ isWritten: true, isSynced: true })
      isWritten = false
    }
  }
})
