const units = ['B', 'kB', 'MB'] as const

/** `812 B`, `64 kB`, `1.2 MB`: in thousands, as the units say. */
export function sizeWords(bytes: number, language: string): string {
  const step = bytes < 1_000 ? 0 : bytes < 1_000_000 ? 1 : 2
  const format = new Intl.NumberFormat(language, { maximumFractionDigits: step === 0 ? 0 : 1 })
  return `${format.format(bytes / 1_000 ** step)} ${units[step]}`
}
