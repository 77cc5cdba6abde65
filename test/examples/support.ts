import { onTestFinished } from 'vitest'
import {
  type Command,
  type Program,
  runProgram as run,
  startProgram,
} from '../../scripts/examples/program.ts'

/** Starts a program of an example that runs until it is stopped. It does not outlive the test. */
export function startExample(command: Command): Program {
  const program = startProgram(command)
  onTestFinished(() => void program.stop('SIGKILL'))
  return program
}

/** Runs a program of an example to its end, which the test's end brings on. @returns what it printed */
export async function runProgram(command: Command): Promise<string> {
  const ending = new AbortController()
  onTestFinished(() => ending.abort())
  return await run(command, { signal: ending.signal })
}
