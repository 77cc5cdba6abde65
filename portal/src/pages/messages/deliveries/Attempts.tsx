import '../messages.css'
import { Stack, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { Loaded } from '../../../parts/Loaded.tsx'
import { type Attempt, type MessageIds, useAttemptsQuery } from '../message-queries.ts'
import { AttemptRow } from './AttemptRow.tsx'
import { causesOf } from './standing.ts'

interface AttemptsProps {
  readonly ids: MessageIds
  readonly endpointId: string
  /** The delivery has not ended. */
  readonly isUnderWay: boolean
  /** When it was last sent by hand on this page. */
  readonly resentAt: number | null
}

const refreshMs = 1_000
/** So long the page looks for the attempt that was asked for by hand. */
const patienceMs = 60_000
/** The clocks of browser and server may differ by so much. */
const skewMs = 5_000

/** A timeline of the attempts at one endpoint, newest first. */
export function Attempts({ ids, endpointId, isUnderWay, resentAt }: AttemptsProps): ReactNode {
  const { t } = useTranslation(['messages', 'common'])
  const query = useQuery({
    ...useAttemptsQuery(ids, endpointId),
    refetchInterval: ({ state }) =>
      isUnderWay || awaits(resentAt, state.data?.data ?? []) ? refreshMs : false,
  })
  return (
    <Loaded query={query}>
      {({ data, done }) => {
        const causes = causesOf(data, done)
        if (data.length === 0) {
          return (
            <Text size="sm" c="dimmed">
              {t('attempts.none')}
            </Text>
          )
        }
        return (
          <Stack gap="xs" align="stretch">
            <ol className="timeline" aria-label={t('attempts.list')}>
              {data.map((attempt, at) => (
                <AttemptRow
                  key={attempt.id}
                  appId={ids.appId}
                  attempt={attempt}
                  cause={causes[at] ?? 'scheduled'}
                />
              ))}
            </ol>
            {!done && (
              <Text size="sm" c="dimmed">
                {t('attempts.more', { count: data.length })}
              </Text>
            )}
          </Stack>
        )
      }}
    </Loaded>
  )
}

function awaits(resentAt: number | null, attempts: readonly Attempt[]): boolean {
  if (resentAt === null || Date.now() - resentAt > patienceMs) return false
  return !attempts.some(
    ({ triggerType, timestamp }) => triggerType === 1 && Date.parse(timestamp) > resentAt - skewMs,
  )
}
