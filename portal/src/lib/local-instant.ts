const minuteMs = 60_000

/** As inputs of browsers take it: `2026-07-03T14:05`, by the viewer's clock. */
export function localInstant(at: number): string {
  const offset = new Date(at).getTimezoneOffset()
  return new Date(at - offset * minuteMs).toISOString().slice(0, 16)
}
