import { Alert, Group, Text } from '@mantine/core'
import { type ReactNode, useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { ApiError } from '../../api/api-error.ts'
import type { StreamState } from '../../lib/follow-stream.ts'
import { Failure } from '../../parts/Failure.tsx'

interface ConnectionProps {
  readonly state: StreamState
  readonly isPaused: boolean
}

/** Whether the page hears what happens, in words. */
export function Connection({ state, isPaused }: ConnectionProps): ReactNode {
  const { t } = useTranslation(['live', 'common'])
  if (state.kind === 'refused') return <Failure error={new ApiError(state.status, '', t('refused'), [])} />
  if (state.kind === 'waiting') {
    return (
      <Alert color="orange" variant="light" role="alert" title={t('broken')}>
        <Countdown until={state.until} />
      </Alert>
    )
  }
  const tone = state.kind === 'connecting' ? 'waiting' : isPaused ? 'neutral' : 'good'
  const words = state.kind === 'connecting' ? t('connecting') : isPaused ? t('paused') : t('open')
  return (
    <Group gap="xs" role="status">
      <span className="live-dot" data-tone={tone} aria-hidden />
      <Text size="sm" c="dimmed">
        {words}
      </Text>
    </Group>
  )
}

const tickMs = 500

function Countdown({ until }: { readonly until: number }): ReactNode {
  const { t } = useTranslation(['live', 'common'])
  const [now, setNow] = useState(Date.now)
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), tickMs)
    return () => clearInterval(timer)
  }, [])
  return (
    <>
      {/* A number that changes each second would be read out each second. */}
      <span aria-hidden>{t('again', { count: Math.max(1, Math.ceil((until - now) / 1_000)) })}</span>
      <span className="for-screen-readers">{t('againSoon')}</span>
    </>
  )
}
