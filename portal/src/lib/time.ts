const units = [
  ['year', 31_536_000_000],
  ['month', 2_592_000_000],
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1_000],
] as const

/** How far an instant lies from now, in words such as `5 minutes ago`; null within a second. */
export function distanceWords(at: number, now: number, language: string): string | null {
  const distance = at - now
  for (const [unit, ms] of units) {
    if (Math.abs(distance) < ms) continue
    const format = new Intl.RelativeTimeFormat(language, { numeric: 'auto', style: 'short' })
    return format.format(Math.trunc(distance / ms), unit)
  }
  return null
}

/** Date, time to the millisecond and zone, as the viewer's clock shows it. */
export function exactInstant(at: number, language: string): string {
  return new Intl.DateTimeFormat(language, {
    year: 'numeric',
    month: 'short',
    day: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    fractionalSecondDigits: 3,
    timeZoneName: 'short',
  }).format(at)
}

/** `12 ms`, `1.4 s`, `3 min`, `2 h`, `5 d`. */
export function durationWords(ms: number, language: string): string {
  const [unit, size] =
    ms < 1_000
      ? (['millisecond', 1] as const)
      : ms < 60_000
        ? (['second', 1_000] as const)
        : ms < 3_600_000
          ? (['minute', 60_000] as const)
          : ms < 86_400_000
            ? (['hour', 3_600_000] as const)
            : (['day', 86_400_000] as const)
  return new Intl.NumberFormat(language, {
    style: 'unit',
    unit,
    unitDisplay: 'short',
    maximumFractionDigits: ms < 1_000 ? 0 : 1,
  }).format(ms / size)
}
