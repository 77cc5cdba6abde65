import { type JsonToken, jsonTokens } from './json-text.ts'

const step = '  '
/** Deeper than that nothing is moved further to the right: a hostile text would become a huge one. */
const maxDepth = 40

/**
 * The tokens with white space between them that shows how they belong together, in place of what was there. From where
 * the text is no JSON it stays as it was given.
 */
export function* indentedTokens(text: string): Generator<JsonToken> {
  let depth = 0
  let before: JsonToken | null = null
  let gap = ''
  for (const token of jsonTokens(text)) {
    if (token.kind === 'space') {
      gap = token.text
      continue
    }
    if (isClosing(token)) depth = Math.max(0, depth - 1)
    const between = before === null ? '' : spaceBetween(before, token, depth, gap)
    if (between !== '') yield { kind: 'space', text: between }
    yield token
    if (isOpening(token)) depth++
    before = token
    gap = ''
  }
}

function isOpening({ text }: JsonToken): boolean {
  return text === '{' || text === '['
}

function isClosing({ text }: JsonToken): boolean {
  return text === '}' || text === ']'
}

function spaceBetween(before: JsonToken, token: JsonToken, depth: number, given: string): string {
  if (token.kind === 'other') return given
  if (isOpening(before) && isClosing(token)) return ''
  if (isOpening(before) || isClosing(token) || before.text === ',') {
    return `\n${step.repeat(Math.min(depth, maxDepth))}`
  }
  if (before.text === ':') return ' '
  // Two values without a comma between them are no JSON, or one text after another: what parts them stays.
  return token.text === ',' || token.text === ':' ? '' : given
}

/** Whether the text begins as an object or an array does, which is worth a layout. */
export function isJsonStructure(text: string): boolean {
  return /^[ \t\r\n]*[{[]/.test(text)
}
