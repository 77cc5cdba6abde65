import { expect, test } from 'vitest'
import { readConfig } from '#inbound/source-types.ts'
import { settingNames as known } from '#inbound/row.ts'
import { configOf, emptyConfig, isUid, shownValues } from '../../../portal/src/pages/sources/source-form.ts'
import { settingNames, sourceTypeOf, sourceTypes } from '../../../portal/src/pages/sources/source-types.ts'

test('the form has a field for every setting of every provider', () => {
  expect([...settingNames].sort()).toEqual([...known].sort())
})

test('a config without what its form calls required is refused, and one without the rest is not', () => {
  for (const type of sourceTypes) {
    const values = emptyConfig()
    for (const { name, isRequired } of type.settings) if (isRequired) values[name] = 'x'
    const read = () => readConfig(type.type, configOf(type, values))
    if (type.secret === 'required') expect(read, type.type).toThrow()
    else expect(read, type.type).not.toThrow()
    for (const { name, isRequired } of type.settings) {
      if (!isRequired) continue
      expect(() => readConfig(type.type, configOf(type, { ...values, [name]: '' })), name).toThrow()
    }
  }
})

test('what the server shows of a config fills the form, and goes back as it was', () => {
  const row = { scheme: { kind: 'url' } }
  const generic = sourceTypeOf('generic-webhook')
  expect(configOf(generic, shownValues({ row }))).toEqual({ row })
  expect(configOf(sourceTypeOf('square'), shownValues({ publicUrl: 'https://a.example' }))).toEqual({
    publicUrl: 'https://a.example',
  })
})

test('an identifier that looks like the server’s own is none', () => {
  expect(['', 'ours_1', 'src_1', 'ö', 'a'.repeat(61)].map(isUid)).toEqual([true, true, false, false, false])
})
