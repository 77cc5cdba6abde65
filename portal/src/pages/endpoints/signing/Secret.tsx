import { Button, Group, Stack, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Eye, EyeOff } from 'lucide-react'
import { type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Copyable } from '../../../parts/Copyable.tsx'
import { Loaded } from '../../../parts/Loaded.tsx'
import type { EndpointIds } from '../endpoint-queries.ts'
import { useSecretQuery } from './secret-query.ts'

interface SecretProps {
  readonly ids: EndpointIds
  /** Shown from the beginning. */
  readonly isOpen?: boolean
}

/** The signing secret, which is not even asked for before somebody wants to see it. */
export function Secret({ ids, isOpen = false }: SecretProps): ReactNode {
  const { t } = useTranslation(['endpoints', 'common'])
  const [isShown, setIsShown] = useState(isOpen)
  const query = useQuery({ ...useSecretQuery(ids), enabled: isShown })
  const isPublic = query.data?.key.startsWith('whpk') === true
  return (
    <Stack gap="xs" align="flex-start">
      <Group gap="sm">
        {!isShown && (
          <Text ff="monospace" c="dimmed" aria-label={t('signing.isHidden')} role="img">
            whsec_••••••••••••••••
          </Text>
        )}
        {isShown && (
          <Loaded query={query}>{({ key }) => <Copyable text={key} what={t('signing.secret')} />}</Loaded>
        )}
        <Button
          size="xs"
          variant="default"
          leftSection={isShown ? <EyeOff size={14} aria-hidden /> : <Eye size={14} aria-hidden />}
          onClick={() => setIsShown(!isShown)}
        >
          {t(isShown ? 'signing.hide' : 'signing.show')}
        </Button>
      </Group>
      {isShown && isPublic && (
        <Text size="sm" c="dimmed">
          {t('signing.isPublic')}
        </Text>
      )}
    </Stack>
  )
}
