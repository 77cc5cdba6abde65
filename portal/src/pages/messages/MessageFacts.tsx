import { Group } from '@mantine/core'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import type { Schemas } from '../../api/client.ts'
import { Copyable } from '../../parts/Copyable.tsx'
import { Facts } from '../../parts/Facts.tsx'
import { Instant } from '../../parts/Instant.tsx'
import { Tag, type Tone } from '../../parts/Tag.tsx'

export function MessageFacts({ message }: { readonly message: Schemas['MessageOut'] }): ReactNode {
  const { t } = useTranslation(['messages', 'common'])
  const { id, eventId, channels, tags, timestamp, deliverAt } = message
  return (
    <Facts
      facts={[
        { name: t('common:id'), value: <Copyable text={id} what={t('common:id')} /> },
        {
          name: t('eventId'),
          value: eventId == null ? null : <Copyable text={eventId} what={t('eventId')} />,
        },
        { name: t('publishedAt'), value: <Instant at={timestamp} isExact /> },
        { name: t('deliverAt'), value: deliverAt == null ? null : <Instant at={deliverAt} isExact /> },
        { name: t('channels'), value: labelsOf(channels, 'info') },
        { name: t('tags'), value: labelsOf(tags, 'neutral') },
      ]}
    />
  )
}

function labelsOf(labels: readonly string[] | null | undefined, tone: Tone): ReactNode {
  if (labels == null) return null
  return (
    <Group gap={4}>
      {labels.map((each) => (
        <Tag key={each} tone={tone}>
          {each}
        </Tag>
      ))}
    </Group>
  )
}
