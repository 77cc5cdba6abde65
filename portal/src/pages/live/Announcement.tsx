import { type ReactNode, useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'

const everyMs = 10_000

/** Tells screen readers now and then how much has come, never each single row. */
export function Announcement({ count }: { readonly count: number }): ReactNode {
  const { t } = useTranslation(['live', 'common'])
  const [fresh, setFresh] = useState(0)
  const current = useRef(count)
  useEffect(() => {
    current.current = count
  }, [count])
  useEffect(() => {
    let told = current.current
    const timer = setInterval(() => {
      setFresh(current.current - told)
      told = current.current
    }, everyMs)
    return () => clearInterval(timer)
  }, [])
  return (
    <div className="for-screen-readers" aria-live="polite">
      {fresh > 0 && t('came', { count: fresh })}
    </div>
  )
}
