import { Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { Loaded } from '../../parts/Loaded.tsx'
import { Payload } from '../../parts/Payload.tsx'
import { Section } from '../../parts/Section.tsx'
import { type MessageIds, usePayloadQuery } from './message-queries.ts'

/** The bytes that endpoints get. */
export function MessagePayload({ ids }: { readonly ids: MessageIds }): ReactNode {
  const { t } = useTranslation(['messages', 'payload'])
  const query = useQuery(usePayloadQuery(ids))
  return (
    <Section title={t('payload:title')}>
      <Loaded query={query}>
        {({ payload, contentType, encoding, expired }) =>
          expired ? (
            <Text c="dimmed" size="sm">
              {t('expired')}
            </Text>
          ) : (
            <Payload
              text={payload}
              contentType={contentType}
              encoding={encoding}
              label={t('payload:title')}
            />
          )
        }
      </Loaded>
    </Section>
  )
}
