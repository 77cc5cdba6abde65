import { cpus, release, totalmem } from 'node:os'
import { fanout } from './fanout.ts'
import { history } from './history.ts'
import { inbound } from './inbound.ts'
import { isolation } from './isolation.ts'
import { lone } from './lone.ts'
import { polling } from './polling.ts'
import { backlog } from './postgres/backlog.ts'
import { history as historyOnPostgres } from './postgres/history.ts'
import { inbound as inboundOnPostgres } from './postgres/inbound.ts'
import { nodes } from './postgres/nodes.ts'
import { speed as speedOnPostgres } from './postgres/speed.ts'
import { profile } from './profile.ts'
import { speed } from './speed.ts'

type Questions = Readonly<Record<string, (seconds: number) => Promise<void>>>

const onSqlite: Questions = {
  speed,
  profile,
  lone,
  fanout,
  history,
  isolation,
  polling,
  inbound,
}
const onPostgres: Questions = {
  speed: speedOnPostgres,
  nodes,
  history: historyOnPostgres,
  backlog,
  inbound: inboundOnPostgres,
}
const defaultSeconds = 4
/** Longer than all questions take, each with its own bounds. */
const giveUpAfterMs = 30 * 60_000

const usage = [onSqlite, onPostgres]
  .map((questions) => `[${Object.keys(questions).join('|')}|all …]`)
  .map((names, index) => `npm run bench -- ${index === 0 ? '' : '--postgres '}${names} [--seconds N]`)
  .join('\n')

interface Chosen {
  readonly questions: Questions
  readonly names: readonly string[]
  readonly seconds: number
}

function chosenFrom(given: readonly string[]): Chosen | null {
  const questions = given.includes('--postgres') ? onPostgres : onSqlite
  const words = given.filter((word) => word !== '--postgres')
  const at = words.indexOf('--seconds')
  const seconds = at < 0 ? defaultSeconds : Number(words[at + 1])
  const names = at < 0 ? words : words.toSpliced(at, 2)
  if (!(seconds > 0 && seconds <= 120) || !names.every((name) => name === 'all' || name in questions))
    return null
  const isAll = names.length === 0 || names.includes('all')
  return { questions, names: isAll ? Object.keys(questions) : names, seconds }
}

const chosen = chosenFrom(process.argv.slice(2))
if (chosen === null) {
  console.log(usage)
  process.exitCode = 2
} else {
  setTimeout(() => {
    console.log('it takes too long: given up')
    process.exit(1)
  }, giveUpAfterMs).unref()
  const [cpu] = cpus()
  console.log(
    `${new Date().toISOString().slice(0, 10)}, Node ${process.version}, ${cpus().length} cores ${cpu?.model ?? ''}, ` +
      `${Math.round(totalmem() / 2 ** 30)} GiB, Linux ${release()}, rounds of ${chosen.seconds} s`,
  )
  for (const name of chosen.names) await chosen.questions[name]?.(chosen.seconds)
}
