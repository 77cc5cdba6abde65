import { Alert, Box, Group, Stack, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import type { Schemas } from '../../../api/client.ts'
import { useEventTypesQuery } from '../../../api/event-types.ts'
import { Loaded } from '../../../parts/Loaded.tsx'
import { Tag } from '../../../parts/Tag.tsx'
import { importChanges } from './import-changes.ts'

const tones = { new: 'good', changed: 'info', restored: 'good', archived: 'neutral' } as const

/** What the import would do, name by name. */
export function ImportPreview({
  result,
}: {
  readonly result: Schemas['EventTypeImportOpenApiOut']['data']
}): ReactNode {
  const { t } = useTranslation('eventTypes')
  const query = useQuery(useEventTypesQuery({ isArchivedToo: true }))
  return (
    <Loaded query={query}>
      {(present) => {
        const changes = importChanges(result.to_modify ?? [], present)
        if (changes.length === 0) {
          return (
            <Alert color="gray" variant="light" role="status">
              {t('import.nothing')}
            </Alert>
          )
        }
        return (
          <Stack gap="xs" role="status">
            <Text size="sm" fw={600}>
              {t('import.would', { count: changes.length })}
            </Text>
            <Stack
              gap={6}
              component="ul"
              className="plain-list"
              mah={240}
              style={{ overflowY: 'auto' }}
              tabIndex={0}
            >
              {changes.map(({ name, does, description }) => (
                <Group key={name} component="li" gap="xs" wrap="nowrap" align="flex-start">
                  <Box w={88} flex="none" display="flex">
                    <Tag tone={tones[does]}>{t(`import.${does}`)}</Tag>
                  </Box>
                  <Text size="sm" miw={0}>
                    <Text span inherit ff="monospace" fw={600} style={{ overflowWrap: 'anywhere' }}>
                      {name}
                    </Text>{' '}
                    <Text span inherit c="dimmed">
                      {description}
                    </Text>
                  </Text>
                </Group>
              ))}
            </Stack>
          </Stack>
        )
      }}
    </Loaded>
  )
}
