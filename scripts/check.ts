import { spawnSync } from 'node:child_process'

/** Everything that must hold before a change is proposed, apart from the tests. */
const steps: readonly (readonly [what: string, command: string, ...args: string[]])[] = [
  ['format', 'oxfmt', '--check'],
  ['lint', 'oxlint', '--type-aware', '--deny-warnings'],
  // Two compilers publish the same bin: the fast one checks types, the classic one serves tools that need its API.
  ['types', 'node', 'node_modules/typescript7/bin/tsc', '-p', '.'],
  ['types of the portal', 'node', 'node_modules/typescript7/bin/tsc', '-p', 'portal'],
  ['import rules', 'depcruise', 'src', 'portal/src', '--output-type', 'err'],
  ['dead code', 'knip'],
  ['generated files', 'node', 'scripts/generate.ts', '--check'],
]

const failed: string[] = []
for (const [what, command, ...args] of steps) {
  const startedAt = performance.now()
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8' })
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
  console.log(`${status === 0 ? 'ok  ' : 'FAIL'} ${what} (${seconds} s)`)
  if (status === 0) continue
  failed.push(what)
  console.log(`${stdout}${stderr}`)
}
if (failed.length > 0) {
  console.log(`failed: ${failed.join(', ')}`)
  process.exitCode = 1
}
