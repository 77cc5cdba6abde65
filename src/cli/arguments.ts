import { readFileSync } from 'node:fs'
import { InvalidArgumentError } from 'commander'
import { StartRefused } from '#core/errors.ts'

/** Reads what may be given several times. */
export function collected<T>(read: (text: string) => T) {
  return (text: string, before: readonly T[] | undefined): readonly T[] => [...(before ?? []), read(text)]
}

export function isHttpUrl(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)
}

export function httpUrl(text: string): string {
  if (!isHttpUrl(text)) throw new InvalidArgumentError('It must be an http or https URL.')
  return text
}

export function count(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError('It must be a whole number above 0.')
  return Number(text)
}

/** The bytes of a file, or of the standard input for `-`. */
export function readInput(file: string, flag: string): Buffer {
  try {
    return readFileSync(file === '-' ? 0 : file)
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error)
    throw new StartRefused('input_unreadable', `cannot read ${file}: ${detail}`, `Look at ${flag}.`)
  }
}
