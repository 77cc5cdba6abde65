import { Button, Group, Stack } from '@mantine/core'
import { useForm } from '@mantine/form'
import { type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { dataOf } from '../../api/client.ts'
import { useAction } from '../../parts/actions.tsx'
import { Failure } from '../../parts/Failure.tsx'
import { useFieldErrors } from '../../parts/field-errors.ts'
import { Section } from '../../parts/Section.tsx'
import { useApi } from '../../session/SessionContext.tsx'
import { ApplicationSelect } from './ApplicationSelect.tsx'
import { linkInput, type LinkValues } from './link-input.ts'
import { LinkFields } from './LinkFields.tsx'
import { LinkReady } from './LinkReady.tsx'

const initialValues: LinkValues = { expiry: 'day', allowed: 'all', chosen: [], sessionId: '' }

/** @param appId whose link; without one it is chosen here */
export function MakeLink({ appId }: { readonly appId?: string }): ReactNode {
  const { t } = useTranslation('access')
  const api = useApi()
  const [chosenId, setChosenId] = useState<string | null>(null)
  const form = useForm({ initialValues })
  const make = useAction({
    run: (values: LinkValues) =>
      dataOf(
        api.POST('/api/v1/auth/app-portal-access/{app_id}', {
          params: { path: { app_id: appId ?? chosenId ?? '' } },
          body: linkInput(values),
        }),
      ),
    isQuiet: true,
  })
  const others = useFieldErrors(form, make.error)
  if (make.data !== undefined) return <LinkReady url={make.data.url} again={make.reset} />
  return (
    <Section title={t('link.title')} help={t('link.help')}>
      <form onSubmit={form.onSubmit((values) => make.mutate(values))}>
        <Stack maw={560}>
          {appId === undefined && <ApplicationSelect value={chosenId} onChange={setChosenId} />}
          <LinkFields form={form} />
          {others !== null && <Failure error={others} />}
          <Group>
            <Button
              type="submit"
              loading={make.isPending}
              disabled={appId === undefined && chosenId === null}
            >
              {t('link.make')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Section>
  )
}
