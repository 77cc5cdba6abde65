import { Text, type TextProps, Tooltip } from '@mantine/core'
import { type ReactNode, useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { distanceWords, exactInstant } from '../lib/time.ts'

const tickMs = 10_000

interface InstantProps extends TextProps {
  /** ISO 8601, as the API gives it. */
  readonly at: string
  /** The exact instant at once, not only on hover. */
  readonly isExact?: boolean
}

/** An instant as its distance from now; the exact one, in the viewer's zone, on hover and for screen readers. */
export function Instant({ at, isExact = false, ...style }: InstantProps): ReactNode {
  const { t, i18n } = useTranslation()
  const [now, setNow] = useState(Date.now)
  useEffect(() => {
    if (isExact) return undefined
    const timer = setInterval(() => setNow(Date.now()), tickMs)
    return () => clearInterval(timer)
  }, [isExact])
  const instant = Date.parse(at)
  const exact = exactInstant(instant, i18n.language)
  const words = distanceWords(instant, now, i18n.language) ?? t('ago.now')
  return (
    <Tooltip label={isExact ? words : exact} withArrow events={{ hover: true, focus: true, touch: true }}>
      <Text component="time" inherit dateTime={at} title={exact} {...style}>
        {isExact ? exact : words}
      </Text>
    </Tooltip>
  )
}
