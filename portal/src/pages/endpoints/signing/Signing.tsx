import { Button, Stack, Text } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { useQuery } from '@tanstack/react-query'
import { RefreshCw } from 'lucide-react'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { Section } from '../../../parts/Section.tsx'
import { useMay } from '../../../session/SessionContext.tsx'
import type { EndpointIds } from '../endpoint-queries.ts'
import { VerifyPanel } from '../verify/VerifyPanel.tsx'
import { RotateSecret } from './RotateSecret.tsx'
import { Secret } from './Secret.tsx'
import { useSecretQuery } from './secret-query.ts'

/** How a receiver knows that a delivery is genuine. */
export function Signing({ ids }: { readonly ids: EndpointIds }): ReactNode {
  const { t } = useTranslation(['endpoints', 'common'])
  const maySee = useMay('ViewEndpointSecret')
  const mayRotate = useMay('ManageEndpointSecret')
  const [isRotating, rotating] = useDisclosure(false)
  // What was shown is known; nothing is asked for here.
  const { data } = useQuery({ ...useSecretQuery(ids), enabled: false })
  return (
    <Stack gap="xl">
      <Section
        title={t('signing.secret')}
        help={t('signing.help')}
        actions={
          mayRotate && (
            <Button
              variant="default"
              leftSection={<RefreshCw size={16} aria-hidden />}
              onClick={rotating.open}
            >
              {t('signing.rotate')}
            </Button>
          )
        }
      >
        {maySee ? (
          <Secret ids={ids} />
        ) : (
          <Text size="sm" c="dimmed">
            {t('signing.forbidden')}
          </Text>
        )}
      </Section>
      <VerifyPanel {...ids} secret={maySee ? (data?.key ?? null) : null} />
      {mayRotate && <RotateSecret ids={ids} isOpen={isRotating} close={rotating.close} />}
    </Stack>
  )
}
