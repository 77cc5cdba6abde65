import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { en } from '../../portal/src/locales/en/index.ts'
import { zh } from '../../portal/src/locales/zh/index.ts'

type Texts = ReadonlyMap<string, string>

function textsOf(catalogue: object, path = ''): Texts {
  const texts = new Map<string, string>()
  for (const [key, value] of Object.entries(catalogue) as [string, string | object][]) {
    const at = path === '' ? key : `${path}.${key}`
    if (typeof value === 'string') texts.set(at, value)
    else for (const [below, text] of textsOf(value, at)) texts.set(below, text)
  }
  return texts
}

const english = textsOf(en)
const chinese = textsOf(zh)

const placeholders = (text: string): readonly string[] =>
  [...text.matchAll(/\{\{[^}]+\}\}/g)].map(([found]) => found).toSorted()

test('every text is there in both languages, and none is empty', () => {
  const needed = [...english.keys()].filter((key) => !key.endsWith('_one'))
  expect([...chinese.keys()].toSorted()).toEqual(needed.toSorted())
  for (const [key, text] of [...english, ...chinese]) expect(text.trim(), key).not.toBe('')
})

test('both say the same names and numbers', () => {
  const different = [...chinese].filter(
    ([key, text]) => String(placeholders(text)) !== String(placeholders(english.get(key) ?? '')),
  )
  expect(different).toEqual([])
})

test('the Chinese texts are Chinese, but for names and samples', () => {
  const untranslated = [...chinese].filter(
    ([, text]) => !/\p{Script=Han}/u.test(text) && /\b[a-z]{2,} [a-z]{2,}/.test(text),
  )
  expect(untranslated).toEqual([])
})

test('no group is left out of the catalogues', () => {
  for (const [language, catalogue] of [
    ['en', en],
    ['zh', zh],
  ] as const) {
    const folder = join(import.meta.dirname, '../../portal/src/locales', language)
    const groups = readdirSync(folder).filter((name) => name !== 'index.ts')
    expect(groups.length, language).toBe(Object.keys(catalogue).length)
    for (const name of groups) expect(readFileSync(join(folder, name), 'utf8')).toContain('export const ')
  }
})
