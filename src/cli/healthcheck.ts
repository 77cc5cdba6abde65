import { Command } from 'commander'
import { addOptions, configFrom } from './options.ts'

const timeoutMs = 5_000

export function healthcheckCommand(): Command {
  const command = new Command('healthcheck')
    .description('Ask the server whether it is ready; ends with 1 where it is not.')
    .action(async (flags: Record<string, unknown>) => {
      const { host, port } = configFrom(flags).listen
      const reached =
        host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '[::1]' : host.includes(':') ? `[${host}]` : host
      const { isReady, words } = await ask(`http://${reached}:${port}/health/ready`)
      console.log(words)
      process.exitCode = isReady ? 0 : 1
    })
  return addOptions(command, ['listen'])
}

async function ask(url: string): Promise<{ readonly isReady: boolean; readonly words: string }> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(timeoutMs) })
    const { status, reasons } = (await response.json()) as { status: string; reasons: readonly string[] }
    return { isReady: response.ok, words: [status, ...reasons].join('\n') }
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error)
    return { isReady: false, words: `no answer from ${url}: ${cause}` }
  }
}
