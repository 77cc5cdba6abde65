import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'

const root = join(import.meta.dirname, '..')
const planted = join(root, 'src/core/planted-violation')

interface Cruise {
  readonly summary: {
    readonly totalCruised: number
    readonly violations: readonly { readonly rule: { readonly name: string } }[]
  }
  readonly modules: readonly {
    readonly source: string
    readonly dependencies: readonly { readonly resolved: string }[]
  }[]
}

function cruise(path: string): Cruise {
  const bin = join(root, 'node_modules/dependency-cruiser/bin/dependency-cruiser.mjs')
  const options = { cwd: root, encoding: 'utf8', maxBuffer: 1 << 28 } as const
  try {
    return JSON.parse(execFileSync(process.execPath, [bin, '--output-type', 'json', path], options)) as Cruise
  } catch (error) {
    // The checker's exit code counts violations; its report is on the output all the same.
    return JSON.parse((error as { stdout: string }).stdout) as Cruise
  }
}

function plant(source: string): readonly string[] {
  mkdirSync(planted, { recursive: true })
  writeFileSync(join(planted, 'planted.ts'), source)
  return cruise('src/core').summary.violations.map(({ rule }) => rule.name)
}

afterEach(() => rmSync(planted, { recursive: true, force: true }))

describe('the import rules', () => {
  test('hold, and the checker has seen every module and its imports', () => {
    const { summary, modules } = cruise('src')
    const files = execFileSync(
      'git',
      ['ls-files', '--cached', '--others', '--exclude-standard', 'src/*.ts'],
      {
        cwd: root,
        encoding: 'utf8',
      },
    )
      .trim()
      .split('\n')
    const seen = new Set(modules.map(({ source }) => source))
    expect(files.filter((file) => !seen.has(file))).toEqual([])
    const app = modules.find(({ source }) => source === 'src/app.ts')
    expect(app?.dependencies.map(({ resolved }) => resolved)).toContain('src/dispatch/dispatcher.ts')
    expect(summary.violations).toEqual([])
  })

  test('catch a room that imports what it must not', () => {
    expect(plant(`import '#dispatch/dispatcher.ts'\n`)).toContain('core-imports')
  })

  test('catch a driver outside its adapter', () => {
    expect(plant(`import { DatabaseSync } from 'node:sqlite'\nexport const x = DatabaseSync\n`)).toContain(
      'sqlite-only-in-its-adapter',
    )
    expect(plant(`import { Client } from 'undici'\nexport const x = Client\n`)).toContain(
      'undici-only-in-http',
    )
  })

  test('the environment is read only by the configuration and the entry', () => {
    const files = execFileSync('git', ['grep', '-l', 'process\\.env', '--', 'src'], {
      cwd: root,
      encoding: 'utf8',
    })
    const outside = files
      .trim()
      .split('\n')
      .filter((file) => file !== '' && !file.startsWith('src/config/') && !file.startsWith('src/cli/'))
    expect(outside.filter((file) => readFileSync(join(root, file), 'utf8').includes('process.env'))).toEqual(
      [],
    )
  })
})
