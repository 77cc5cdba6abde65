import { Group, List, Stack, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { Loaded } from '../../parts/Loaded.tsx'
import { Section } from '../../parts/Section.tsx'
import { Tag } from '../../parts/Tag.tsx'
import { healthQuery } from './health-query.ts'

export function HealthState(): ReactNode {
  const { t } = useTranslation('settings')
  const query = useQuery(healthQuery)
  return (
    <Section title={t('health.title')} help={t('health.help')}>
      <Loaded query={query}>
        {({ isReady, reasons }) => (
          <Stack gap="xs">
            <Group gap="sm">
              <Tag tone={isReady ? 'good' : 'bad'}>{t(isReady ? 'health.ready' : 'health.notReady')}</Tag>
              <Text size="sm">{t(isReady ? 'health.readyHelp' : 'health.notReadyHelp')}</Text>
            </Group>
            {reasons.length > 0 && (
              <List size="sm">
                {reasons.map((reason) => (
                  <List.Item key={reason}>{reason}</List.Item>
                ))}
              </List>
            )}
          </Stack>
        )}
      </Loaded>
    </Section>
  )
}
