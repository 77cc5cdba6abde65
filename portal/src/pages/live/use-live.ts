import { useEffect, useRef, useState } from 'react'
import { followStream, type StreamState } from '../../lib/follow-stream.ts'
import { useSession } from '../../session/SessionContext.tsx'
import { type LiveRow, rowOf, withRows } from './live-rows.ts'

export interface Live {
  readonly rows: readonly LiveRow[]
  readonly state: StreamState
  /** What has come while the page stood still. */
  readonly held: readonly LiveRow[]
  readonly isPaused: boolean
  /** How many have come since the page was opened. */
  readonly count: number
  readonly pause: () => void
  readonly goOn: () => void
  readonly clear: () => void
}

/** So often the page is drawn anew, however much comes. */
const drawEveryMs = 200

/** What happens in an application, as it happens. */
export function useLive(appId: string, types: readonly string[]): Live {
  const { token } = useSession()
  const [rows, setRows] = useState<readonly LiveRow[]>([])
  const [held, setHeld] = useState<readonly LiveRow[]>([])
  const [state, setState] = useState<StreamState>({ kind: 'connecting' })
  const [count, setCount] = useState(0)
  const [isPaused, setPaused] = useState(false)
  const paused = useRef(false)
  const wanted = types.join(',')

  useEffect(() => {
    const end = new AbortController()
    const typeOf = new Map<string, string>()
    let come: LiveRow[] = []
    let timer: ReturnType<typeof setTimeout> | null = null
    const draw = (): void => {
      timer = null
      const added = come
      come = []
      setCount((before) => before + added.length)
      const add = (before: readonly LiveRow[]): readonly LiveRow[] => withRows(before, added)
      if (paused.current) setHeld(add)
      else setRows(add)
    }
    const url = new URL(`/api/v1/app/${encodeURIComponent(appId)}/live`, location.origin)
    if (wanted !== '') url.searchParams.set('event_types', wanted)
    void followStream({
      url: url.href,
      token,
      signal: end.signal,
      onState: setState,
      onEvents(events) {
        for (const event of events) {
          const row = rowOf(event, (id) => typeOf.get(id) ?? null)
          if (row === null) continue
          if (row.kind === 'message' && row.eventType !== null) remember(typeOf, row.id, row.eventType)
          come.push(row)
        }
        timer ??= setTimeout(draw, drawEveryMs)
      },
    })
    return () => {
      end.abort()
      if (timer !== null) clearTimeout(timer)
    }
  }, [appId, token, wanted])

  return {
    rows,
    state,
    held,
    isPaused,
    count,
    pause() {
      paused.current = true
      setPaused(true)
    },
    goOn() {
      paused.current = false
      setPaused(false)
      setRows((before) => withRows(before, held.toReversed()))
      setHeld([])
    },
    clear() {
      setRows([])
      setHeld([])
    },
  }
}

const maxRemembered = 5_000

function remember(typeOf: Map<string, string>, id: string, eventType: string): void {
  typeOf.set(id, eventType)
  if (typeOf.size <= maxRemembered) return
  const oldest = typeOf.keys().next()
  if (oldest.done === false) typeOf.delete(oldest.value)
}
