import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
const cache = join(import.meta.dirname, '../../node_modules/.cache/posthorn-python')

/**
 * A Python that has what the requirements file names, in a virtual environment that is made once and kept until the
 * file changes.
 *
 * @returns the path of its interpreter
 */
export async function pythonWith(requirements: string): Promise<string> {
  const key = createHash('sha256').update(readFileSync(requirements)).digest('hex').slice(0, 16)
  const home = join(cache, key)
  const python = join(home, 'bin/python')
  if (existsSync(python)) return python
  mkdirSync(cache, { recursive: true })
  // Packages are installed beside the place and moved there: what is there is whole.
  const draft = join(cache, `${key}.${process.pid}`)
  try {
    await run('python3', ['-m', 'venv', draft])
    await run(join(draft, 'bin/python'), ['-m', 'pip', 'install', '--quiet', '--requirement', requirements])
    renameSync(draft, home)
  } catch (error) {
    // Another process was first.
    if (!existsSync(python)) {
      throw new Error(`${requirements} needs python3 with venv, and a package index that pip reaches`, {
        cause: error,
      })
    }
  } finally {
    rmSync(draft, { recursive: true, force: true })
  }
  return python
}
