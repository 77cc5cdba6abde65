import { Code, Group, Text } from '@mantine/core'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'

interface SubscriptionsProps {
  readonly eventTypes: readonly string[] | null | undefined
  readonly channels?: readonly string[] | null | undefined
  /** How many are named; the rest is counted. */
  readonly max?: number
}

/** Which messages an endpoint takes. */
export function Subscriptions({ eventTypes, channels, max = Infinity }: SubscriptionsProps): ReactNode {
  const { t } = useTranslation(['endpoints', 'common'])
  const named = (eventTypes ?? []).slice(0, max)
  const more = (eventTypes?.length ?? 0) - named.length
  return (
    <Group gap={4}>
      {named.length === 0 && (
        <Text size="sm" component="span">
          {t('allEventTypes')}
        </Text>
      )}
      {named.map((name) => (
        <Code key={name} style={{ overflowWrap: 'anywhere' }}>
          {name}
        </Code>
      ))}
      {more > 0 && (
        <Text size="xs" c="dimmed" component="span">
          {t('moreEventTypes', { count: more })}
        </Text>
      )}
      {(channels ?? []).length > 0 && (
        <Text size="xs" c="dimmed" component="span">
          {t('onlyChannels', { channels: channels?.join(', ') })}
        </Text>
      )}
    </Group>
  )
}
