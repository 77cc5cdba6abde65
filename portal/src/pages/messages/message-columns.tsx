import { Code, Group } from '@mantine/core'
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import type { Schemas } from '../../api/client.ts'
import type { Column } from '../../parts/DataTable.tsx'
import { Instant } from '../../parts/Instant.tsx'
import { ItemLink } from '../../parts/ItemLink.tsx'
import { Tag } from '../../parts/Tag.tsx'

/** The same ones as long as language and application are. */
export function useMessageColumns(appId: string): readonly Column<Schemas['MessageOut']>[] {
  const { t } = useTranslation(['messages', 'common'])
  return useMemo(
    () => [
      {
        key: 'eventType',
        title: t('eventType'),
        cell: ({ id, eventType }) => (
          <ItemLink to="/app/$appId/messages/$messageId" params={{ appId, messageId: id }} fw={600}>
            {eventType}
          </ItemLink>
        ),
      },
      {
        key: 'id',
        title: t('common:id'),
        cell: ({ id }) => <Code>{id}</Code>,
      },
      {
        key: 'eventId',
        title: t('eventId'),
        cell: ({ eventId }) => (eventId == null ? null : <Code>{eventId}</Code>),
      },
      {
        key: 'channels',
        title: t('channelsAndTags'),
        cell: ({ channels, tags }) =>
          channels == null && tags == null ? null : (
            <Group gap={4}>
              {channels?.map((each) => (
                <Tag key={`channel ${each}`} tone="info">
                  {each}
                </Tag>
              ))}
              {tags?.map((each) => (
                <Tag key={`tag ${each}`} tone="neutral">
                  {each}
                </Tag>
              ))}
            </Group>
          ),
      },
      {
        key: 'timestamp',
        title: t('publishedAt'),
        width: '9rem',
        cell: ({ timestamp }) => <Instant at={timestamp} />,
      },
    ],
    [appId, t],
  )
}
