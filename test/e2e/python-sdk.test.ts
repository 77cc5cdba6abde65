import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { pythonWith } from '#test/support/python.ts'
import { start } from '#test/support/start-app.ts'
import { expect, test } from 'vitest'

const run = promisify(execFile)
const program = join(import.meta.dirname, 'python-sdk/main_path.py')
const requirements = join(import.meta.dirname, 'python-sdk/requirements.txt')

test(
  'the official Python client goes the main path and verifies what arrives',
  { timeout: 180_000 },
  async () => {
    const python = await pythonWith(requirements)
    await using app = await start({ env: { POSTHORN_RETRY_SCHEDULE: '0.05,0.05' } })
    const { stdout } = await run(python, [program], {
      env: { PATH: process.env.PATH, POSTHORN_URL: app.url, POSTHORN_TOKEN: app.token },
    })
    const made = JSON.parse(stdout) as { applicationId: string; messageId: string; left: number }
    // What that client says it did is what the server holds.
    expect(made.left).toBe(0)
    expect((await app.svix.application.get('python')).id).toBe(made.applicationId)
    const { data } = await app.svix.messageAttempt.listByMsg('python', made.messageId)
    expect(data.map(({ triggerType, statusText }) => [triggerType, statusText])).toEqual([
      [1, 'success'],
      [0, 'success'],
      [0, 'fail'],
    ])
  },
)
