import { Command, CommanderError } from 'commander'
import { StartRefused, StoreUnavailable } from '#core/errors.ts'
import { version } from '#src/app.ts'
import { backupCommand } from './backup.ts'
import { exportCommand } from './export.ts'
import { healthcheckCommand } from './healthcheck.ts'
import { importCommand } from './import.ts'
import { listenCommand } from './listen.ts'
import { migrateCommand } from './migrate.ts'
import { openapiCommand } from './openapi.ts'
import { OptionsRefused } from './options.ts'
import { serveCommand } from './serve.ts'
import { tokenCommand } from './token.ts'
import { triggerCommand } from './trigger.ts'
import { verifyCommand } from './verify.ts'

/** Exit codes: 0 done, 1 it did not work, 2 it was not asked for rightly. */
const usageError = 2

function programOf(): Command {
  return new Command('posthorn')
    .description('Sends events to customers’ URLs as signed webhooks.')
    .version(version, '-v, --version')
    .addCommand(serveCommand(), { isDefault: true })
    .addCommand(listenCommand())
    .addCommand(triggerCommand())
    .addCommand(verifyCommand())
    .addCommand(tokenCommand())
    .addCommand(backupCommand())
    .addCommand(exportCommand())
    .addCommand(importCommand())
    .addCommand(migrateCommand())
    .addCommand(healthcheckCommand())
    .addCommand(openapiCommand())
}

function oneLine(text: string): string {
  return text.trim().replaceAll(/\s*\n\s*/g, ' ')
}

/** The default command would take a command's misspelt name for an argument of its own. */
function unknownCommand(program: Command, name: string | undefined): string | null {
  const names = [...program.commands.map((each) => each.name()), 'help']
  if (name === undefined || name.startsWith('-') || names.includes(name)) return null
  return `${JSON.stringify(name)} is no command; commands are ${names.join(', ')}`
}

/** Runs the program; what the user got wrong is said in one line, without a stack. */
export async function runCommandLine(argv: readonly string[]): Promise<void> {
  const program = programOf()
  for (const command of [program, ...program.commands.flatMap((each) => [each, ...each.commands])]) {
    command.exitOverride().configureOutput({
      outputError: (message, write) => write(`posthorn: ${oneLine(message.replace(/^error: /, ''))}\n`),
    })
  }
  const unknown = unknownCommand(program, argv[2])
  if (unknown !== null) {
    console.error(`posthorn: ${unknown}`)
    process.exitCode = usageError
    return
  }
  try {
    await program.parseAsync([...argv])
  } catch (error) {
    if (error instanceof CommanderError) {
      process.exitCode = error.exitCode === 0 ? 0 : usageError
      return
    }
    if (error instanceof OptionsRefused) {
      for (const problem of error.problems) console.error(`posthorn: ${problem}`)
      process.exitCode = usageError
      return
    }
    if (error instanceof StartRefused || error instanceof StoreUnavailable) {
      console.error(`posthorn: ${error.message}. ${error.hint}`)
      process.exitCode = 1
      return
    }
    throw error
  }
}
