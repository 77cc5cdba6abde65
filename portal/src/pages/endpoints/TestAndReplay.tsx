import { Alert, Stack } from '@mantine/core'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import type { Schemas } from '../../api/client.ts'
import { Empty } from '../../parts/Empty.tsx'
import { useMay } from '../../session/SessionContext.tsx'
import type { EndpointIds } from './endpoint-queries.ts'
import { Replays } from './replay/Replays.tsx'
import { SendExample } from './replay/SendExample.tsx'

interface TestAndReplayProps {
  readonly ids: EndpointIds
  readonly endpoint: Schemas['EndpointOut']
}

/** Sending something now, and sending again what did not arrive. */
export function TestAndReplay({ ids, endpoint }: TestAndReplayProps): ReactNode {
  const { t } = useTranslation(['endpoints', 'common'])
  const maySend = useMay('CreateAttempts')
  if (!maySend) return <Empty title={t('test.forbidden')} help={t('common:error.forbidden')} />
  return (
    <Stack gap="xl">
      {endpoint.disabled === true && <Alert color="orange">{t('test.disabled')}</Alert>}
      <SendExample {...ids} />
      <Replays {...ids} />
    </Stack>
  )
}
