import { Button, Group, Stack, Text } from '@mantine/core'
import { Send } from 'lucide-react'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { dataOf, type Schemas } from '../../../api/client.ts'
import { useAction } from '../../../parts/actions.tsx'
import { AttemptDetails } from '../../../parts/AttemptDetails.tsx'
import { ItemLink } from '../../../parts/ItemLink.tsx'
import { useApi, useMay } from '../../../session/SessionContext.tsx'
import { type EndpointIds, endpointKeys } from '../endpoint-queries.ts'
import { AttemptTag } from './AttemptTag.tsx'
import { NextStep } from './NextStep.tsx'

interface DeliveryDetailsProps {
  readonly ids: EndpointIds
  readonly endpoint: Schemas['EndpointOut']
  readonly attempt: Schemas['MessageAttemptOut']
}

/** One attempt, what comes after it, and a way to send its message again. */
export function DeliveryDetails({ ids, endpoint, attempt }: DeliveryDetailsProps): ReactNode {
  const { t } = useTranslation(['endpoints', 'common'])
  const { appId } = ids
  const { msgId, statusText, triggerType } = attempt
  return (
    <Stack gap="md">
      <Group gap="sm" justify="space-between">
        <Group gap="sm">
          <AttemptTag status={statusText} />
          <Text size="sm" c="dimmed" component="span">
            {t(triggerType === 1 ? 'attempt.byHand' : 'attempt.bySchedule')}
          </Text>
        </Group>
        <Group gap="sm">
          <ItemLink to="/app/$appId/messages/$messageId" params={{ appId, messageId: msgId }} fz="sm">
            {t('attempt.openMessage')}
          </ItemLink>
          <SendAgain ids={ids} messageId={msgId} isDisabled={endpoint.disabled === true} />
        </Group>
      </Group>
      {statusText === 'fail' && (
        <NextStep ids={ids} messageId={msgId} isDisabled={endpoint.disabled === true} />
      )}
      <AttemptDetails appId={appId} attempt={attempt} />
    </Stack>
  )
}

interface SendAgainProps {
  readonly ids: EndpointIds
  readonly messageId: string
  readonly isDisabled: boolean
}

function SendAgain({ ids, messageId, isDisabled }: SendAgainProps): ReactNode {
  const { t } = useTranslation(['endpoints', 'common'])
  const api = useApi()
  const maySend = useMay('CreateAttempts')
  const send = useAction({
    run: () =>
      dataOf(
        api.POST('/api/v1/app/{app_id}/msg/{msg_id}/endpoint/{endpoint_id}/resend', {
          params: { path: { app_id: ids.appId, msg_id: messageId, endpoint_id: ids.endpointId } },
        }),
      ),
    done: t('attempt.sentAgain'),
    changes: [endpointKeys.one(ids)],
  })
  if (!maySend) return null
  return (
    <Button
      size="xs"
      leftSection={<Send size={14} aria-hidden />}
      loading={send.isPending}
      disabled={isDisabled}
      title={isDisabled ? t('attempt.enableFirst') : undefined}
      onClick={() => send.mutate()}
    >
      {t('attempt.sendAgain')}
    </Button>
  )
}
