import { Button, Tooltip } from '@mantine/core'
import { RotateCw } from 'lucide-react'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { dataOf } from '../../../api/client.ts'
import { useAction } from '../../../parts/actions.tsx'
import { useApi } from '../../../session/SessionContext.tsx'
import { type Destination, type MessageIds, messageKeys } from '../message-queries.ts'

interface SendAgainProps {
  readonly ids: MessageIds
  readonly destination: Destination
  readonly onSent: () => void
}

/** One more attempt, beside those of the schedule. */
export function SendAgain({ ids, destination, onSent }: SendAgainProps): ReactNode {
  const { t } = useTranslation(['messages', 'common'])
  const api = useApi()
  const send = useAction({
    run: () =>
      dataOf(
        api.POST('/api/v1/app/{app_id}/msg/{msg_id}/endpoint/{endpoint_id}/resend', {
          params: { path: { app_id: ids.appId, msg_id: ids.messageId, endpoint_id: destination.id } },
        }),
      ),
    changes: [messageKeys.one(ids)],
    onDone: onSent,
  })
  const isDisabled = destination.disabled === true
  return (
    <Tooltip label={t('resend.disabled')} disabled={!isDisabled} withArrow>
      <Button
        variant="default"
        size="xs"
        leftSection={<RotateCw size={14} aria-hidden />}
        loading={send.isPending}
        data-disabled={isDisabled}
        aria-disabled={isDisabled}
        onClick={() => {
          if (!isDisabled) send.mutate()
        }}
      >
        {t('resend.send')}
      </Button>
    </Tooltip>
  )
}
