import { isUtf8 } from 'node:buffer'
import { printable, printableLines } from './printable.ts'

const maxShownBytes = 64 * 1024
/** Deeper levels are not indented further: what is nested thousands deep would grow with the square of its length. */
const maxIndent = 40

/** A body as lines that are safe to show: JSON indented, other text as it is, anything else in hex. */
export function bodyLines(body: Uint8Array): readonly string[] {
  const bytes = Buffer.from(body.subarray(0, maxShownBytes))
  const rest = body.length - bytes.length
  const more = rest === 0 ? [] : [`… and ${rest} bytes more`]
  // A cut may fall within a character.
  const isText = isUtf8(body) && !body.includes(0)
  if (!isText) return [...hexLines(bytes), ...more]
  const text = bytes.toString('utf8')
  return [...printableLines(indented(text) ?? text), ...more]
}

/** The JSON with its own tokens, so that numbers, escapes and repeated names stay as they came; null for no JSON. */
function indented(text: string): string | null {
  try {
    JSON.parse(text)
  } catch {
    return null
  }
  let shown = ''
  let depth = 0
  let before = ''
  const breakLine = (): string => `\n${'  '.repeat(Math.min(depth, maxIndent))}`
  for (const [token] of text.matchAll(/"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\],:]|[^\s{}[\],:"]+/gs)) {
    const isOpened = before === '{' || before === '['
    if (token === '}' || token === ']') {
      depth--
      shown += isOpened ? token : breakLine() + token
    } else {
      if (isOpened || before === ',') shown += breakLine()
      shown += token === ':' ? ': ' : token
      if (token === '{' || token === '[') depth++
    }
    before = token
  }
  return shown
}

function hexLines(bytes: Buffer): readonly string[] {
  const lines: string[] = []
  for (let at = 0; at < bytes.length; at += 16) {
    const row = bytes.subarray(at, at + 16)
    const hex = [...row].map((byte) => byte.toString(16).padStart(2, '0')).join(' ')
    const text = row.toString('latin1').replaceAll(/[^\x20-\x7e]/g, '.')
    lines.push(`${at.toString(16).padStart(6, '0')}  ${hex.padEnd(47)}  ${printable(text)}`)
  }
  return lines
}
