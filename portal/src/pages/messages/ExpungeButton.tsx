import { Button } from '@mantine/core'
import { Eraser } from 'lucide-react'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { dataOf } from '../../api/client.ts'
import { useAction, useConfirm } from '../../parts/actions.tsx'
import { useApi } from '../../session/SessionContext.tsx'
import { type MessageIds, messageKeys } from './message-queries.ts'

/** Deletes the payload; the message and its attempts remain. */
export function ExpungeButton({ ids }: { readonly ids: MessageIds }): ReactNode {
  const { t } = useTranslation(['messages', 'common'])
  const api = useApi()
  const confirm = useConfirm()
  const expunge = useAction({
    run: () =>
      dataOf(
        api.DELETE('/api/v1/app/{app_id}/msg/{msg_id}/content', {
          params: { path: { app_id: ids.appId, msg_id: ids.messageId } },
        }),
      ),
    done: t('expunge.done'),
    changes: [messageKeys.one(ids)],
  })
  return (
    <Button
      variant="default"
      leftSection={<Eraser size={16} aria-hidden />}
      loading={expunge.isPending}
      onClick={() =>
        confirm(
          {
            title: t('expunge.title'),
            text: t('expunge.question'),
            does: t('expunge.does'),
            isDangerous: true,
          },
          () => expunge.mutate(),
        )
      }
    >
      {t('expunge.open')}
    </Button>
  )
}
