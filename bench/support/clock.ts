/** Milliseconds since the machine started: one clock for all its processes, which nobody sets. */
export function now(): number {
  const [seconds, nanoseconds] = process.hrtime()
  return seconds * 1000 + nanoseconds / 1e6
}
