import { Group, Skeleton, Text } from '@mantine/core'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import type { Schemas } from '../../api/client.ts'
import { Copyable } from '../../parts/Copyable.tsx'
import { ItemLink } from '../../parts/ItemLink.tsx'

/** Which application the pages below are of. */
export function ApplicationHeading({
  application,
}: {
  readonly application: Schemas['ApplicationOut'] | undefined
}): ReactNode {
  const { t } = useTranslation(['applications', 'common'])
  if (application === undefined) return <Skeleton h={28} maw={320} />
  return (
    <Group gap="sm">
      <ItemLink to="/applications" c="dimmed" size="sm">
        {t('title')}
      </ItemLink>
      <Text c="dimmed" aria-hidden>
        /
      </Text>
      <Text fw={700}>{application.name}</Text>
      <Copyable text={application.id} what={t('common:id')} />
    </Group>
  )
}
