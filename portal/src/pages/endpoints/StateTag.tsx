import { Group, Text } from '@mantine/core'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { Instant } from '../../parts/Instant.tsx'
import { Tag } from '../../parts/Tag.tsx'
import { stateOf, toneOfState } from './endpoint-state.ts'

interface StateTagProps {
  readonly endpoint: Parameters<typeof stateOf>[0]
  /** With the instant since when it fails. */
  readonly withSince?: boolean
}

export function StateTag({ endpoint, withSince = false }: StateTagProps): ReactNode {
  const { t } = useTranslation(['endpoints', 'common'])
  const state = stateOf(endpoint)
  const { failingSince } = endpoint
  return (
    <Group gap={6} wrap="wrap" display="inline-flex">
      <Tag tone={toneOfState[state]}>{t(`state.${state}`)}</Tag>
      {withSince && state === 'failing' && failingSince != null && (
        <Text size="xs" c="dimmed" component="span">
          <Instant at={failingSince} />
        </Text>
      )}
    </Group>
  )
}
