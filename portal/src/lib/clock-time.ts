const formats = new Map<string, Intl.DateTimeFormat>()

/** `14:05:09.123` by the viewer's clock. */
export function clockTime(at: number, language: string): string {
  let format = formats.get(language)
  if (format === undefined) {
    format = new Intl.DateTimeFormat(language, {
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
      fractionalSecondDigits: 3,
      hourCycle: 'h23',
    })
    formats.set(language, format)
  }
  return Number.isNaN(at) ? '' : format.format(at)
}
