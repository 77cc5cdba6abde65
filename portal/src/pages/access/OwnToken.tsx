import { Alert, Stack } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { dataOf } from '../../api/client.ts'
import { Copyable } from '../../parts/Copyable.tsx'
import { Facts } from '../../parts/Facts.tsx'
import { Instant } from '../../parts/Instant.tsx'
import { Loaded } from '../../parts/Loaded.tsx'
import { Section } from '../../parts/Section.tsx'
import { useApi, useSession } from '../../session/SessionContext.tsx'

const soonMs = 14 * 86_400_000

/** Whose the token is that is in use, as the server says, and how long it lasts. */
export function OwnToken(): ReactNode {
  const { t } = useTranslation('access')
  const api = useApi()
  const { expiresAt } = useSession()
  const query = useQuery({
    queryKey: ['whoami'],
    queryFn: ({ signal }) => dataOf(api.GET('/api/v1/auth/whoami', { signal })),
  })
  const [openedAt] = useState(Date.now)
  const isEndless = !Number.isFinite(expiresAt)
  return (
    <Section title={t('own.title')} help={t('own.help')}>
      <Loaded query={query}>
        {({ envId }) => (
          <Stack gap="sm">
            <Facts
              facts={[
                {
                  name: t('own.organisation'),
                  value: <Copyable text={envId ?? ''} what={t('own.organisation')} />,
                },
                { name: t('own.may'), value: t('own.everything') },
                {
                  name: t('own.expires'),
                  value: isEndless ? (
                    t('own.never')
                  ) : (
                    <Instant at={new Date(expiresAt).toISOString()} isExact />
                  ),
                },
              ]}
            />
            {!isEndless && expiresAt - openedAt < soonMs && (
              <Alert color="orange" variant="light">
                {t('own.soon')}
              </Alert>
            )}
          </Stack>
        )}
      </Loaded>
    </Section>
  )
}
