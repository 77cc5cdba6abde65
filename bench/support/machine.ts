import { readdirSync, readFileSync, statSync } from 'node:fs'
import { cpus } from 'node:os'
import { join } from 'node:path'

/** What the kernel tells of processes. It counts CPU in hundredths of a second. */

const ticksPerSecond = 100

function ticksIn(statFile: string): number {
  // The name in parentheses may hold anything: the figures begin behind its end.
  const fields = readFileSync(statFile, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ')
  return Number(fields[11]) + Number(fields[12])
}

/** Of the whole process, all threads, user and system. */
export function cpuSecondsOf(pid: number): number {
  return ticksIn(`/proc/${pid}/stat`) / ticksPerSecond
}

/** By thread, keyed by the thread's number; the main thread's is the process's. */
export function threadCpuSecondsOf(pid: number): ReadonlyMap<number, number> {
  const threads = readdirSync(`/proc/${pid}/task`)
  return new Map(
    threads.map((tid) => [Number(tid), ticksIn(`/proc/${pid}/task/${tid}/stat`) / ticksPerSecond]),
  )
}

export function residentBytesOf(pid: number): number {
  const line = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))
  return Number(line?.[1] ?? 0) * 1024
}

/** Files, sockets and pipes that the process has open. */
export function openFilesOf(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length
}

/** Seconds that all cores together were busy since the machine started, hypervisor's theft included. */
function busySeconds(): number {
  const [, user, nice, system, , , irq, softirq, steal] = (
    readFileSync('/proc/stat', 'utf8').split('\n', 1)[0] ?? ''
  ).split(/\s+/)
  return (
    [user, nice, system, irq, softirq, steal].reduce((sum, ticks) => sum + Number(ticks), 0) / ticksPerSecond
  )
}

const cores = cpus().length

/** What programs outside of the measurement took of the machine, of all its cores' time. */
export interface Others {
  /** @param endedSeconds CPU of our own programs that have ended meanwhile */
  share(endedSeconds: number): number
}

/** Begins to watch. @param pids our own programs beside this one @param more CPU seconds of ours that no pid tells */
export function watchOthers(pids: readonly number[], more: () => number = () => 0): Others {
  const own = (): number => {
    const { user, system } = process.cpuUsage()
    return pids.reduce((total, pid) => total + cpuSecondsOf(pid), (user + system) / 1e6 + more())
  }
  const startedAt = performance.now()
  const before = busySeconds() - own()
  return {
    share(endedSeconds) {
      const others = busySeconds() - own() - before - endedSeconds
      return Math.max(0, others) / (((performance.now() - startedAt) / 1000) * cores)
    },
  }
}

/** Of the files in the directory, all levels. */
export function diskBytesOf(directory: string): number {
  let bytes = 0
  for (const file of readdirSync(directory, { recursive: true, encoding: 'utf8' })) {
    const { size } = statSync(join(directory, file))
    bytes += size
  }
  return bytes
}
