import { Alert, Group, Stack } from '@mantine/core'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import type { EventType } from '../../api/event-types.ts'
import { Facts } from '../../parts/Facts.tsx'
import { Instant } from '../../parts/Instant.tsx'
import { Tag } from '../../parts/Tag.tsx'
import { useSession } from '../../session/SessionContext.tsx'

/** What it is besides its schemas; a customer has no use for when it was changed. */
export function EventTypeFacts({ eventType }: { readonly eventType: EventType }): ReactNode {
  const { t } = useTranslation(['eventTypes', 'common'])
  const isOperator = useSession().face === 'operator'
  const { archived, deprecated, groupName, createdAt, updatedAt } = eventType
  const featureFlags = eventType.featureFlags ?? []
  return (
    <Stack gap="md">
      {archived === true && (
        <Alert color="gray" variant="light" title={t('archived')}>
          {t('archivedHelp')}
        </Alert>
      )}
      {deprecated && (
        <Alert color="orange" variant="light" title={t('deprecated')}>
          {t(isOperator ? 'deprecatedHelp' : 'deprecatedForCustomers')}
        </Alert>
      )}
      <Facts
        facts={[
          { name: t('group'), value: groupName },
          ...(isOperator
            ? [
                {
                  name: t('featureFlags'),
                  value:
                    featureFlags.length === 0 ? null : (
                      <Group gap="xs" component="span">
                        {featureFlags.map((flag) => (
                          <Tag key={flag} tone="info">
                            {flag}
                          </Tag>
                        ))}
                      </Group>
                    ),
                },
                { name: t('common:createdAt'), value: <Instant at={createdAt} /> },
                { name: t('common:updatedAt'), value: <Instant at={updatedAt} /> },
              ]
            : []),
        ]}
      />
    </Stack>
  )
}
