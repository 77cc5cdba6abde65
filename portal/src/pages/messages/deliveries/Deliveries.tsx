import { Stack, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { Empty } from '../../../parts/Empty.tsx'
import { Loaded } from '../../../parts/Loaded.tsx'
import { Section } from '../../../parts/Section.tsx'
import { type MessageIds, useDestinationsQuery } from '../message-queries.ts'
import { Delivery } from './Delivery.tsx'
import { refreshAfter } from './standing.ts'

/** With more of them, each shows its attempts when it is opened. */
const maxOpen = 3

/** How the message stands at each endpoint, kept fresh while anything is under way. */
export function Deliveries({ ids }: { readonly ids: MessageIds }): ReactNode {
  const { t } = useTranslation(['messages', 'common'])
  const query = useQuery({
    ...useDestinationsQuery(ids),
    refetchInterval: ({ state }) => refreshAfter(state.data?.data ?? [], Date.now()),
  })
  return (
    <Section title={t('deliveries.title')}>
      <Loaded query={query}>
        {({ data, done }) =>
          data.length === 0 ? (
            <Empty title={t('deliveries.none')} help={t('deliveries.noneHelp')} />
          ) : (
            <Stack gap="sm">
              {data.map((destination) => (
                <Delivery
                  key={destination.id}
                  ids={ids}
                  destination={destination}
                  isOpenAtFirst={data.length <= maxOpen}
                />
              ))}
              {!done && (
                <Text size="sm" c="dimmed">
                  {t('deliveries.more', { count: data.length })}
                </Text>
              )}
            </Stack>
          )
        }
      </Loaded>
    </Section>
  )
}
