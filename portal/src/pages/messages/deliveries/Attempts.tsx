import '../messages.css'
import { Stack, Text } from '@mantine/core'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { Loaded } from '../../../parts/Loaded.tsx'
import type { Destination, MessageIds } from '../message-queries.ts'
import { AttemptRow } from './AttemptRow.tsx'
import { causesOf } from './standing.ts'
import { useAttempts } from './use-attempts.ts'

interface AttemptsProps {
  readonly ids: MessageIds
  readonly destination: Destination
  /** When it was last sent by hand on this page. */
  readonly resentAt: number | null
}

/** A timeline of the attempts at one endpoint, newest first. */
export function Attempts({ ids, destination, resentAt }: AttemptsProps): ReactNode {
  const { t } = useTranslation(['messages', 'common'])
  const query = useAttempts(ids, destination, resentAt)
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
