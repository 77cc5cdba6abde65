import { profile } from './profile.ts'
import { speed } from './speed.ts'

const questions: Readonly<Record<string, (seconds: number) => Promise<void>>> = {
  speed: (seconds) => speed(seconds, 3),
  profile,
}

const [question = 'all', ...rest] = process.argv.slice(2).filter((word) => word !== '--')
const seconds = Number(rest[rest.indexOf('--seconds') + 1] ?? 5) || 5
const chosen = question === 'all' ? Object.keys(questions) : [question]
for (const name of chosen) {
  const ask = questions[name]
  if (ask === undefined) {
    console.log(`${name} is no question; there are ${Object.keys(questions).join(', ')}, all`)
    process.exitCode = 2
    break
  }
  await ask(seconds)
}
