import { existsSync, mkdirSync } from 'node:fs'
import { dirname, resolve } from 'node:path'

/**
 * Makes a directory with its parents. Node.js's own recursive form never returns below directories of the kernel that
 * refuse new entries, such as `/proc`.
 */
export function makeDirectory(path: string, mode: number): void {
  const whole = resolve(path)
  if (existsSync(whole)) return
  makeDirectory(dirname(whole), mode)
  try {
    mkdirSync(whole, { mode })
  } catch (error) {
    // Another process may have made it in between.
    if (!existsSync(whole)) throw error
  }
}
