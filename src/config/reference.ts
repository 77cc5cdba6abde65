import { options } from './options.ts'

/** The reference page of all options. */
export function renderReference(): string {
  const lines = [
    '# Configuration',
    '',
    'Each option is an environment variable and a flag of `posthorn serve`; the flag wins. A wrong value stops the start.',
    '',
  ]
  for (const option of Object.values(options)) {
    const shown =
      option.default === null ? 'unset' : option.default === '' ? 'empty' : `\`${option.default}\``
    lines.push(`## ${option.env}`, '', `\`${option.flag}\`, default ${shown}.`, '', option.text, '')
  }
  return `${lines.join('\n').trimEnd()}\n`
}
