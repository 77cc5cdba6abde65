import { Alert, Group, Stack, Text } from '@mantine/core'
import { PartyPopper, Send } from 'lucide-react'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { ButtonLink } from '../../../parts/ButtonLink.tsx'
import { useMay } from '../../../session/SessionContext.tsx'
import type { EndpointIds } from '../endpoint-queries.ts'
import { Secret } from '../signing/Secret.tsx'

/** What comes after an endpoint was made: verify with its secret, and see something arrive. */
export function Welcome({ ids }: { readonly ids: EndpointIds }): ReactNode {
  const { t } = useTranslation(['endpoints', 'common'])
  const maySee = useMay('ViewEndpointSecret')
  const maySend = useMay('CreateAttempts')
  const to = { to: '/app/$appId/endpoints/$endpointId', params: ids } as const
  return (
    <Alert
      color="teal"
      variant="light"
      icon={<PartyPopper aria-hidden />}
      title={t('welcome.title')}
      role="status"
    >
      <Stack gap="md">
        <Text size="sm">{t(maySee ? 'welcome.help' : 'welcome.helpWithoutSecret')}</Text>
        {maySee && <Secret ids={ids} isOpen />}
        <Group gap="xs">
          {maySend && (
            <ButtonLink {...to} search={{ tab: 'test' }} leftSection={<Send size={16} aria-hidden />}>
              {t('welcome.send')}
            </ButtonLink>
          )}
          <ButtonLink {...to} search={{ tab: 'signing' }} variant="default">
            {t('welcome.verify')}
          </ButtonLink>
          <ButtonLink {...to} search={{}} variant="subtle">
            {t('welcome.later')}
          </ButtonLink>
        </Group>
      </Stack>
    </Alert>
  )
}
