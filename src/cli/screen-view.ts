import { bodyLines } from './body-text.ts'
import type { Delivered } from './listener.ts'
import { printable, printableLines } from './printable.ts'

/** One delivery in the list. */
export interface Entry {
  readonly delivered: Delivered
  /** When it was answered, in epoch milliseconds. */
  readonly at: number
  /** It was posted again by hand. */
  readonly isAgain: boolean
}

export interface ScreenState {
  /** The newest first. */
  readonly entries: readonly Entry[]
  readonly selected: number
  /** What is looked at, and how far it is scrolled. */
  readonly open: { readonly entry: Entry; readonly scroll: number } | null
  readonly title: string
  readonly status: string
}

export interface Size {
  readonly columns: number
  readonly rows: number
}

const inverse = (text: string): string => `\u001b[7m${text}\u001b[0m`

const listKeys = '↑ ↓ move   Enter details   r post again   q quit'
const detailKeys = '↑ ↓ scroll   Esc back   r post again   q quit'

/**
 * The lines of the whole screen. Nothing of what came is in them but through `printable`; what a line has beyond the
 * columns is cut.
 */
export function screenLines(state: ScreenState, { columns, rows }: Size): readonly string[] {
  const height = Math.max(rows - 2, 1)
  const content = state.open === null ? listLines(state, columns, height) : openLines(state, columns, height)
  const keys = state.open === null ? listKeys : detailKeys
  return [
    inverse(fitted(`${state.title}   ${state.status}`, columns)),
    ...content,
    ...Array.from({ length: height - content.length }, () => ''),
    fitted(keys, columns).trimEnd(),
  ].slice(0, rows)
}

function listLines({ entries, selected }: ScreenState, columns: number, height: number): readonly string[] {
  if (entries.length === 0) return ['', '  Nothing has come yet.'].slice(0, height)
  const top = Math.max(0, selected - height + 1)
  return entries.slice(top, top + height).map((entry, index) => {
    const line = fitted(entryLine(entry), columns)
    return top + index === selected ? inverse(line) : line.trimEnd()
  })
}

function entryLine({ delivered: { incoming, answer, againAfterMs, url }, at, isAgain }: Entry): string {
  const time = new Date(at).toTimeString().slice(0, 8)
  const status = answer.kind === 'answered' ? String(answer.status) : '---'
  const took = `${Math.round(answer.durationMs)} ms`.padStart(7)
  const mark = isAgain ? '↻' : againAfterMs === null ? ' ' : '…'
  const type = printable(incoming.eventType).padEnd(20)
  return `${mark} ${time}  ${status}  ${took}  ${type}  ${printable(incoming.id).padEnd(31)}  ${printable(url)}`
}

/** How far details can be scrolled. */
export function maxScroll(entry: Entry, { columns, rows }: Size): number {
  return Math.max(0, detailLines(entry, columns).length - Math.max(rows - 2, 1))
}

function openLines({ open }: ScreenState, columns: number, height: number): readonly string[] {
  if (open === null) return []
  return detailLines(open.entry, columns).slice(open.scroll, open.scroll + height)
}

function detailLines({ delivered, at }: Entry, columns: number): readonly string[] {
  const { incoming, answer, url, againAfterMs } = delivered
  const again = againAfterMs === null ? '' : `, again in ${againAfterMs / 1000} s`
  const took = `${Math.round(answer.durationMs)} ms`
  const result =
    answer.kind === 'answered'
      ? `${answer.status} in ${took}`
      : `unreachable after ${took}: ${printable(answer.detail)}`
  const answered = answer.kind === 'answered' && answer.body !== '' ? printableLines(answer.body) : []
  return [
    `${printable(incoming.eventType)}  ${printable(incoming.id)}`,
    `stored ${printable(incoming.timestamp)}, posted ${new Date(at).toISOString()} to ${printable(url)}`,
    '',
    `Answer: ${result}${again}`,
    ...answered.map((line) => `  ${line}`),
    '',
    'Headers:',
    ...incoming.headers.map(([name, value]) => `  ${printable(name)}: ${printable(value)}`),
    '',
    `Body, ${incoming.body.length} bytes:`,
    ...bodyLines(incoming.body).map((line) => `  ${line}`),
  ].flatMap((line) => wrapped(line, columns))
}

/** Padded and cut to so many characters. */
function fitted(text: string, columns: number): string {
  return Array.from(text).slice(0, columns).join('').padEnd(columns)
}

function wrapped(line: string, columns: number): readonly string[] {
  const characters = Array.from(line)
  if (characters.length <= columns) return [line]
  const lines: string[] = []
  for (let at = 0; at < characters.length; at += columns)
    lines.push(characters.slice(at, at + columns).join(''))
  return lines
}
