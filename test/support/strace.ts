import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { onTestFinished } from 'vitest'
import { until } from './until.ts'

export const hasStrace = spawnSync('strace', ['-V']).status === 0

/**
 * Follows every thread of a process that runs.
 *
 * @param args what to look at, as strace has it
 * @returns once all threads are followed; calling it lets go of them
 */
export async function strace(pid: number, args: readonly string[]): Promise<() => Promise<void>> {
  const child = spawn('strace', ['-f', '-y', ...args, '-p', String(pid)], { stdio: 'ignore' })
  onTestFinished(() => void child.kill('SIGKILL'))
  const ended = once(child, 'exit')
  await until(() => Promise.resolve(isTraced(pid)))
  return async () => {
    child.kill('SIGINT')
    await ended
  }
}

function isTraced(pid: number): boolean {
  return readdirSync(`/proc/${pid}/task`).every((thread) =>
    /TracerPid:\t[1-9]/.test(readFileSync(`/proc/${pid}/task/${thread}/status`, 'utf8')),
  )
}
