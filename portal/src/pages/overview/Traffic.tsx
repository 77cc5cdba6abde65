import { Stack, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { Loaded } from '../../parts/Loaded.tsx'
import { Section } from '../../parts/Section.tsx'
import { useTrafficQuery } from './overview-queries.ts'
import type { Range } from './range.ts'
import { summaryOf } from './summary.ts'
import { Tiles } from './Tiles.tsx'
import { TrafficCharts } from './TrafficCharts.tsx'

/** Figures and charts of one time range. */
export function Traffic({ range }: { readonly range: Range }): ReactNode {
  const { t } = useTranslation('overview')
  const query = useQuery(useTrafficQuery(range))
  return (
    <Loaded query={query}>
      {({ data }) => {
        const summary = summaryOf(data)
        return (
          <Stack gap="lg">
            <Tiles summary={summary} />
            {summary.messages === 0 && summary.delivered === 0 && (
              <Text c="dimmed" role="note">
                {t('quiet')}
              </Text>
            )}
            <Section title={t('charts')}>
              <TrafficCharts steps={data} />
            </Section>
          </Stack>
        )
      }}
    </Loaded>
  )
}
