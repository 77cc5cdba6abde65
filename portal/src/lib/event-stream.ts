/** One event of a stream (WHATWG HTML §9.2). */
export interface StreamEvent {
  readonly type: string
  readonly data: string
  /** The last id that the stream gave, of this event or of one before. */
  readonly id: string
}

/** A stream without line ends would fill the memory. */
const maxWaiting = 1_000_000

/**
 * Reads events from a stream's text, however it is cut into pieces.
 *
 * @returns takes the next piece and gives the events that it completes
 */
export function eventParser(): (piece: string) => readonly StreamEvent[] {
  let rest = ''
  let type = ''
  let data: string[] = []
  let size = 0
  let id = ''
  let isFirst = true
  return (piece) => {
    rest += isFirst && piece !== '' ? piece.replace(/^\ufeff/, '') : piece
    isFirst &&= piece === ''
    const events: StreamEvent[] = []
    for (;;) {
      const end = /\r\n|\n|\r(?!$)/.exec(rest)
      if (end === null) break
      read(rest.slice(0, end.index), events)
      rest = rest.slice(end.index + end[0].length)
    }
    if (rest.length + size > maxWaiting) throw new Error('an event is too large')
    return events
  }

  function read(line: string, events: StreamEvent[]): void {
    if (line === '') {
      if (data.length > 0) events.push({ type: type === '' ? 'message' : type, data: data.join('\n'), id })
      type = ''
      data = []
      size = 0
      return
    }
    const colon = line.indexOf(':')
    const name = colon === -1 ? line : line.slice(0, colon)
    const value = colon === -1 ? '' : line.slice(colon + 1).replace(/^ /, '')
    if (name === 'event') type = value
    if (name === 'id' && !value.includes('\0')) id = value
    if (name === 'data') {
      data.push(value)
      size += value.length
    }
  }
}
