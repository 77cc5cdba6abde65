import { Button, Group, Stack, TextInput } from '@mantine/core'
import { type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { dataOf } from '../../api/client.ts'
import { useAction, useConfirm } from '../../parts/actions.tsx'
import { Section } from '../../parts/Section.tsx'
import { useApi } from '../../session/SessionContext.tsx'

/** Takes access back from whoever has links of the application. */
export function EndLinks({ appId }: { readonly appId: string }): ReactNode {
  const { t } = useTranslation('access')
  const api = useApi()
  const confirm = useConfirm()
  const [typed, setTyped] = useState('')
  const session = typed.trim()
  const end = useAction({
    run: () =>
      dataOf(
        api.POST('/api/v1/auth/app/{app_id}/expire-all', {
          params: { path: { app_id: appId } },
          body: session === '' ? {} : { sessionIds: [session] },
        }),
      ),
    done: t('end.done'),
  })
  const question = {
    title: t('end.title'),
    text: session === '' ? t('end.questionAll') : t('end.questionSession', { session }),
    does: t('end.submit'),
    isDangerous: true,
  }
  return (
    <Section title={t('end.title')} help={t('end.help')}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          confirm(question, () => end.mutate())
        }}
      >
        <Stack maw={560}>
          <TextInput
            label={t('end.session')}
            description={t('end.sessionHelp')}
            value={typed}
            onChange={(event) => setTyped(event.currentTarget.value)}
            autoComplete="off"
          />
          <Group>
            <Button type="submit" color="red" variant="outline" loading={end.isPending}>
              {t('end.submit')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Section>
  )
}
