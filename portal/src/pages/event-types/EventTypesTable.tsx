import { Group, Stack, Text } from '@mantine/core'
import { type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { EventType } from '../../api/event-types.ts'
import { DataTable, MoreRows } from '../../parts/DataTable.tsx'
import { ItemLink } from '../../parts/ItemLink.tsx'
import { StandingTags } from './StandingTags.tsx'
import { versionsOf } from './schema-versions.ts'

/** As many more each time that the end comes into sight. */
const stepRows = 100

export function EventTypesTable({ eventTypes }: { readonly eventTypes: readonly EventType[] }): ReactNode {
  const { t } = useTranslation(['eventTypes', 'common'])
  const [shown, setShown] = useState(stepRows)
  return (
    <Stack gap="xs">
      <Text size="sm" c="dimmed" role="status">
        {t('found', { count: eventTypes.length })}
      </Text>
      <DataTable
        caption={t('list')}
        rows={eventTypes.slice(0, shown)}
        keyOf={({ name }) => name}
        columns={[
          {
            key: 'name',
            title: t('common:name'),
            width: '38%',
            cell: (eventType) => (
              <Group gap="xs">
                <ItemLink
                  to="/event-types/$name"
                  params={{ name: eventType.name }}
                  fw={600}
                  ff="monospace"
                  size="sm"
                >
                  {eventType.name}
                </ItemLink>
                <StandingTags eventType={eventType} />
              </Group>
            ),
          },
          {
            key: 'description',
            title: t('common:description'),
            cell: ({ description }) =>
              description === '' ? null : (
                <Text size="sm" lineClamp={2}>
                  {description}
                </Text>
              ),
          },
          { key: 'group', title: t('group'), width: '14%', cell: ({ groupName }) => groupName },
          {
            key: 'schema',
            title: t('schemas.title'),
            width: '11%',
            cell: ({ schemas }) => {
              const [latest] = versionsOf(schemas)
              return latest === undefined ? null : t('schemas.version', { version: latest })
            },
          },
        ]}
      />
      {shown < eventTypes.length && (
        <MoreRows isLoading={false} load={() => setShown((last) => last + stepRows)} />
      )}
    </Stack>
  )
}
