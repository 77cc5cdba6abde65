/** A statement with its values, or a part of one. */
export class Sql {
  readonly texts: readonly string[]
  readonly values: readonly unknown[]

  constructor(texts: readonly string[], values: readonly unknown[]) {
    this.texts = texts
    this.values = values
  }

  /** With numbered parameters, as the server takes it. */
  get text(): string {
    return this.texts.reduce((text, next, index) => `${text}$${index}${next}`)
  }
}

/** Text with values between: another `sql` is taken in as a part, anything else becomes a parameter. */
export function sql(strings: TemplateStringsArray, ...given: readonly unknown[]): Sql {
  const texts: string[] = [strings[0] ?? '']
  const values: unknown[] = []
  for (const [index, value] of given.entries()) {
    const next = strings[index + 1] ?? ''
    if (value instanceof Sql) {
      texts[texts.length - 1] += value.texts[0] ?? ''
      texts.push(...value.texts.slice(1))
      values.push(...value.values)
      texts[texts.length - 1] += next
    } else {
      values.push(value)
      texts.push(next)
    }
  }
  return new Sql(texts, values)
}

/** A piece of text that is part of the program, such as a direction. Never anything that was given from outside. */
export function raw(text: string): Sql {
  return new Sql([text], [])
}

export function all(conditions: readonly Sql[]): Sql {
  return conditions.reduce((left, right) => sql`${left} and ${right}`)
}

/** An array of texts as the server reads it; null for one that holds nothing but null, which `unnest` fills up. */
export function textArray(values: readonly (string | null)[]): string | null {
  let text = '{'
  let isEmpty = true
  for (const [index, value] of values.entries()) {
    if (index > 0) text += ','
    if (value === null) text += 'null'
    else {
      isEmpty = false
      text += plain.test(value) ? value : `"${value.replaceAll(/["\\]/g, String.raw`\$&`)}"`
    }
  }
  return isEmpty ? null : `${text}}`
}

/** Needs no quotes; the word null has four letters, as no id of ours. */
const plain = /^(?!null$)[\w.-]+$/i

export function numberArray(values: readonly (number | null)[]): string | null {
  if (values.every((value) => value === null)) return null
  return `{${values.map((value) => value ?? 'null').join(',')}}`
}
