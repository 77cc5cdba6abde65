import {
  genericType,
  type SecretName,
  type SettingName,
  settingNames,
  type SourceType,
} from './source-types.ts'

/** What the fields of a source’s config hold. A field that the type does not have stays empty. */
export type ConfigValues = Record<SettingName | SecretName | 'row', string>

export function emptyConfig(): ConfigValues {
  const settings = Object.fromEntries(settingNames.map((name) => [name, ''])) as Record<SettingName, string>
  return { ...settings, secret: '', publicKey: '', clientId: '', row: '' }
}

/** What of a config the server shows: never the secrets. */
export function shownValues(shown: Readonly<Record<string, unknown>>): ConfigValues {
  const values = emptyConfig()
  for (const name of Object.keys(values) as (keyof ConfigValues)[]) {
    const value = shown[name]
    if (typeof value === 'string') values[name] = value
    else if (name === 'row' && value != null) values.row = JSON.stringify(value, null, 2)
  }
  return values
}

/** The config as the API takes it. Throws `SyntaxError` where the row is no JSON. */
export function configOf(type: SourceType, values: ConfigValues): Record<string, unknown> {
  const names = [
    ...(type.secret === 'none' || type.secret === 'learned' ? [] : [type.secretName]),
    ...type.settings.map(({ name }) => name),
  ]
  const config: Record<string, unknown> = {}
  for (const name of names) if (values[name].trim() !== '') config[name] = values[name].trim()
  if (type.type === genericType && values.row.trim() !== '') config.row = JSON.parse(values.row) as unknown
  return config
}

export function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

/** Whether a text can be a source’s own identifier; none is fine, too. */
export function isUid(text: string): boolean {
  return text === '' || (/^[a-zA-Z0-9_-]{1,60}$/.test(text) && !text.startsWith('src_'))
}
