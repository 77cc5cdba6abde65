import { emitKeypressEvents } from 'node:readline'
import type { ReadStream, WriteStream } from 'node:tty'
import { deliverLocally } from './local-delivery.ts'
import type { Delivered, ListenerEvents } from './listener.ts'
import { printable } from './printable.ts'
import { type Entry, maxScroll, screenLines, type ScreenState, type Size } from './screen-view.ts'

export interface ScreenParts {
  readonly input: ReadStream
  readonly output: WriteStream
  /** Stands at the top. */
  readonly title: string
  /** Ends the program's work; whoever opened the screen closes it then. */
  readonly quit: () => void
  /** Aborted when the program ends. */
  readonly signal: AbortSignal
}

interface Key {
  readonly name?: string
  readonly ctrl?: boolean
}

const maxEntries = 1_000
/** Of the bodies in the list together: the oldest are forgotten beyond it. */
const maxBytes = 64 * 1024 * 1024
/** Posts by hand that are under way at a time: a key that is held down asks for more. */
const maxPosting = 8
/** What comes faster than this is drawn at once. */
const drawEveryMs = 30

// The other screen, without a cursor, and without going on to the next line where a line is too long.
const enter = '\u001b[?1049h\u001b[?25l\u001b[?7l'
const leave = '\u001b[0m\u001b[?7h\u001b[?25h\u001b[?1049l'
const home = '\u001b[H'
const restOfLine = '\u001b[K'
const restOfScreen = '\u001b[J'

/** Shows what comes as a list that keys move through. The terminal is as before once it is disposed, or the process ends. */
export class ListenScreen implements Disposable {
  readonly #parts: ScreenParts
  #state: ScreenState
  #bytes = 0
  #posting = 0
  #drawing: NodeJS.Timeout | null = null
  #isOpen = true

  constructor(parts: ScreenParts) {
    this.#parts = parts
    this.#state = {
      entries: [],
      selected: 0,
      open: null,
      title: printable(parts.title),
      status: 'connecting',
    }
    const { input, output } = parts
    process.on('exit', this.#restore)
    output.on('resize', this.#draw)
    // The terminal may go away under the program.
    output.on('error', parts.quit)
    input.on('end', parts.quit)
    emitKeypressEvents(input)
    input.setRawMode(true)
    input.on('keypress', this.#pressed)
    input.resume()
    output.write(enter)
    this.#draw()
  }

  readonly events: ListenerEvents = {
    connected: () => this.#change({ status: 'listening' }),
    disconnected: (_origin, detail) => this.#change({ status: `${printable(detail)}; trying again` }),
    delivered: (delivered) => this.#add(delivered, false),
  };

  [Symbol.dispose](): void {
    this.#restore()
  }

  readonly #restore = (): void => {
    if (!this.#isOpen) return
    this.#isOpen = false
    if (this.#drawing !== null) clearTimeout(this.#drawing)
    const { input, output, quit } = this.#parts
    process.off('exit', this.#restore)
    output.off('resize', this.#draw)
    input.off('keypress', this.#pressed).off('end', quit)
    output.write(leave)
    input.setRawMode(false)
    input.pause()
  }

  #add(delivered: Delivered, isAgain: boolean): void {
    const entry: Entry = { delivered, at: Date.now(), isAgain }
    const { entries, selected, open } = this.#state
    const next = [entry, ...entries]
    this.#bytes += delivered.incoming.body.length
    while (next.length > maxEntries || (this.#bytes > maxBytes && next.length > 1))
      this.#bytes -= next.pop()?.delivered.incoming.body.length ?? 0
    // Who is at the newest stays there; who has gone elsewhere stays with what is looked at.
    const stays = selected === 0 && open === null
    this.#change({ entries: next, selected: stays ? 0 : Math.min(selected + 1, next.length - 1) })
  }

  #change(change: Partial<ScreenState>): void {
    this.#state = { ...this.#state, ...change }
    this.#drawing ??= setTimeout(this.#draw, drawEveryMs)
  }

  readonly #draw = (): void => {
    if (this.#drawing !== null) clearTimeout(this.#drawing)
    this.#drawing = null
    if (!this.#isOpen) return
    const lines = screenLines(this.#state, this.#size()).map((line) => line + restOfLine)
    this.#parts.output.write(`${home}${lines.join('\r\n')}${restOfScreen}`)
  }

  #size(): Size {
    // A terminal that does not know its size says 0.
    const { columns, rows } = this.#parts.output
    return { columns: columns || 80, rows: rows || 24 }
  }

  readonly #pressed = (_text: string | undefined, { name, ctrl }: Key): void => {
    if (name === 'q' || (ctrl === true && (name === 'c' || name === 'd'))) {
      this.#parts.quit()
      return
    }
    if (ctrl === true) return
    if (name === 'r') void this.#postAgain()
    else if (this.#state.open === null) this.#pressedInList(name)
    else this.#pressedInDetails(name)
  }

  #pressedInList(name: string | undefined): void {
    const { entries, selected } = this.#state
    const entry = entries[selected]
    if ((name === 'return' || name === 'enter' || name === 'd' || name === 'right') && entry !== undefined) {
      this.#change({ open: { entry, scroll: 0 } })
      return
    }
    const to = moved(name, selected, entries.length - 1, this.#size().rows - 2)
    if (to !== null) this.#change({ selected: Math.max(to, 0) })
  }

  #pressedInDetails(name: string | undefined): void {
    const { open } = this.#state
    if (open === null) return
    if (name === 'escape' || name === 'return' || name === 'enter' || name === 'd' || name === 'left') {
      this.#change({ open: null })
      return
    }
    const size = this.#size()
    const to = moved(name, open.scroll, maxScroll(open.entry, size), size.rows - 2)
    if (to !== null) this.#change({ open: { ...open, scroll: to } })
  }

  async #postAgain(): Promise<void> {
    const { open, entries, selected } = this.#state
    const entry = open?.entry ?? entries[selected]
    if (entry === undefined || this.#posting >= maxPosting) return
    this.#posting++
    const { delivered } = entry
    const answer = await deliverLocally(delivered.url, delivered.incoming, this.#parts.signal)
    this.#posting--
    if (this.#isOpen) this.#add({ ...delivered, answer, againAfterMs: null }, true)
  }
}

/** Where a key moves to; null for a key that moves nothing. */
function moved(name: string | undefined, from: number, last: number, page: number): number | null {
  const step = { up: -1, k: -1, down: 1, j: 1, pageup: -page, pagedown: page, space: page }[name ?? '']
  const to = name === 'home' ? 0 : name === 'end' ? last : step === undefined ? null : from + step
  return to === null ? null : Math.min(Math.max(to, 0), Math.max(last, 0))
}
