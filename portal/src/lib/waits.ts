const units: readonly (readonly [RegExp, number, string])[] = [
  [/^(d|days?|天|日)$/i, 86_400, 'd'],
  [/^(h|hours?|hr|小时|时)$/i, 3_600, 'h'],
  [/^(m|min|minutes?|分钟|分)$/i, 60, 'min'],
  [/^(s|sec|seconds?|秒)$/i, 1, 's'],
]

/** Waits such as `5 s, 5 min, 2 h` in seconds; null where a part of it is none. A number alone means seconds. */
export function parseWaits(text: string): readonly number[] | null {
  const parts = text.split(/[,，、;\n]+/).map((part) => part.trim())
  const waits: number[] = []
  for (const part of parts) {
    if (part === '') continue
    const found = /^(\d+(?:\.\d+)?)\s*(\p{L}*)$/u.exec(part)
    if (found === null) return null
    const [, number = '', unit = ''] = found
    const size = unit === '' ? 1 : units.find(([pattern]) => pattern.test(unit))?.[1]
    if (size === undefined) return null
    waits.push(Number(number) * size)
  }
  return waits
}

/** The other way round: each wait in the largest unit that it fills wholly. */
export function writeWaits(seconds: readonly number[]): string {
  return seconds
    .map((wait) => {
      const [, size, unit] = units.find(([, each]) => wait >= each && wait % each === 0) ?? [null, 1, 's']
      return `${wait / size} ${unit}`
    })
    .join(', ')
}
