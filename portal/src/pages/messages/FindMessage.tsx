import { ActionIcon, TextInput } from '@mantine/core'
import { useNavigate } from '@tanstack/react-router'
import { ArrowRight } from 'lucide-react'
import { type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { ApiError } from '../../api/api-error.ts'
import { dataOf } from '../../api/client.ts'
import { useAction } from '../../parts/actions.tsx'
import { useErrorWords } from '../../parts/error-words.ts'
import { useApi } from '../../session/SessionContext.tsx'

/** Goes to a message by its id, or by the publisher’s own id of the event. */
export function FindMessage({ appId }: { readonly appId: string }): ReactNode {
  const { t } = useTranslation(['messages', 'common'])
  const api = useApi()
  const navigate = useNavigate()
  const wordsOf = useErrorWords()
  const [id, setId] = useState('')
  const find = useAction({
    run: (wanted: string) =>
      dataOf(
        api.GET('/api/v1/app/{app_id}/msg/{msg_id}', {
          params: { path: { app_id: appId, msg_id: wanted }, query: { with_content: 'false' } },
        }),
      ),
    isQuiet: true,
    onDone: (message) =>
      void navigate({ to: '/app/$appId/messages/$messageId', params: { appId, messageId: message.id } }),
  })
  const isMissing = find.error instanceof ApiError && (find.error.status === 404 || find.error.status === 422)
  return (
    <form
      role="search"
      onSubmit={(event) => {
        event.preventDefault()
        if (id.trim() !== '') find.mutate(id.trim())
      }}
    >
      <TextInput
        label={t('find.label')}
        placeholder="msg_…"
        value={id}
        maxLength={256}
        spellCheck={false}
        autoComplete="off"
        onChange={(event) => {
          setId(event.currentTarget.value)
          find.reset()
        }}
        error={find.error === null ? null : isMissing ? t('find.missing') : wordsOf(find.error).advice}
        rightSection={
          <ActionIcon
            type="submit"
            variant="subtle"
            color="gray"
            loading={find.isPending}
            aria-label={t('find.open')}
          >
            <ArrowRight size={16} aria-hidden />
          </ActionIcon>
        }
      />
    </form>
  )
}
