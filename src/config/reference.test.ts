import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { options } from './options.ts'
import { renderReference } from './reference.ts'

const shownOf = (value: string | null) => (value === null ? 'unset' : value === '' ? 'empty' : `\`${value}\``)

test('the reference page names every option with its flag, default and text', () => {
  const sections = renderReference().split(/^## /m).slice(1)
  expect(sections.map((section) => section.split('\n')[0])).toEqual(
    Object.values(options).map(({ env }) => env),
  )
  for (const [index, option] of Object.values(options).entries()) {
    expect(sections[index]).toContain(`\`${option.flag}\``)
    expect(sections[index]).toContain(option.text)
    expect(sections[index]).toContain(`default ${shownOf(option.default)}.`)
  }
})

test('the reference page in the docs is in step with the options', () => {
  const page = readFileSync(join(import.meta.dirname, '../../docs/reference/config.md'), 'utf8')
  expect(page).toBe(renderReference())
})
