import { useEffect } from 'react'

const storageKey = 'posthorn.application'

/** The application that was looked at last in this tab. */
export function lastApplication(): string | null {
  try {
    return sessionStorage.getItem(storageKey)
  } catch {
    // A frame of another site may have no storage.
    return null
  }
}

export function useRememberApplication(appId: string): void {
  useEffect(() => {
    try {
      sessionStorage.setItem(storageKey, appId)
    } catch {
      // As above.
    }
  }, [appId])
}
