import { createContext, type ReactNode, useContext, useMemo, useState } from 'react'
import { type Api, createApi } from '../api/client.ts'
import { type Capability, forgetToken, keepToken, type Session, sessionOf } from './session.ts'

interface SessionState {
  readonly session: Session
  readonly api: Api
  /** Back to the page that asks for a token. */
  readonly end: () => void
}

const SessionContext = createContext<SessionState | null>(null)

interface SessionProviderProps {
  readonly initial: Session | null
  /** Shown while nobody is signed in; takes a token, and tells whether it is one. */
  readonly signIn: (take: (token: string) => boolean, hasEnded: boolean) => ReactNode
  readonly children: ReactNode
}

/** Gives its children a session, or asks for one. */
export function SessionProvider({ initial, signIn, children }: SessionProviderProps): ReactNode {
  const [session, setSession] = useState(initial)
  const [hasEnded, setHasEnded] = useState(false)
  const state = useMemo(() => {
    if (session === null) return null
    const end = (): void => {
      forgetToken()
      setSession(null)
    }
    const expire = (): void => {
      setHasEnded(true)
      end()
    }
    return { session, api: createApi(session.token, expire), end }
  }, [session])
  if (state === null) {
    return signIn((token) => {
      const next = sessionOf(token.trim())
      if (next === null) return false
      keepToken(next.token)
      setHasEnded(false)
      setSession(next)
      return true
    }, hasEnded)
  }
  return <SessionContext value={state}>{children}</SessionContext>
}

function useSessionState(): SessionState {
  const state = useContext(SessionContext)
  if (state === null) throw new Error('nobody is signed in')
  return state
}

export function useSession(): Session {
  return useSessionState().session
}

export function useApi(): Api {
  return useSessionState().api
}

export function useEndSession(): () => void {
  return useSessionState().end
}

/** Whether whoever is signed in may do it. */
export function useMay(capability: Capability): boolean {
  const { face, capabilities } = useSession()
  return face === 'operator' || capabilities.has(capability)
}
