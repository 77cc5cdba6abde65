import { Button, Group, Stack, TextInput } from '@mantine/core'
import { useForm } from '@mantine/form'
import { useNavigate } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { dataOf, type Schemas } from '../../api/client.ts'
import { useAction, useConfirm } from '../../parts/actions.tsx'
import { Failure } from '../../parts/Failure.tsx'
import { useFieldErrors } from '../../parts/field-errors.ts'
import { Section } from '../../parts/Section.tsx'
import { useApi } from '../../session/SessionContext.tsx'
import { isUid } from './source-form.ts'
import { SourceConfig } from './SourceConfig.tsx'

interface SourceProps {
  readonly source: Schemas['IngestSourceOut']
}

export function SourceSettings({ source }: SourceProps): ReactNode {
  return (
    <Stack gap="xl" maw={560}>
      <Names source={source} />
      <SourceConfig source={source} />
      <Removal source={source} />
    </Stack>
  )
}

function Names({ source }: SourceProps): ReactNode {
  const { t } = useTranslation(['sources', 'common'])
  const api = useApi()
  const form = useForm({
    initialValues: { name: source.name, uid: source.uid ?? '' },
    validate: { uid: (uid) => (isUid(uid) ? null : t('uidBad')) },
  })
  const save = useAction({
    run: ({ name, uid }: typeof form.values) =>
      dataOf(
        api.PATCH('/ingest/api/v1/source/{source_id}', {
          params: { path: { source_id: source.id } },
          body: { name, uid: uid === '' ? null : uid },
        }),
      ),
    done: t('settings.saved'),
    changes: [['source', source.id], ['sources']],
    isQuiet: true,
  })
  const others = useFieldErrors(form, save.error)
  return (
    <Section title={t('settings.title')}>
      <form onSubmit={form.onSubmit((values) => save.mutate(values))}>
        <Stack>
          <TextInput label={t('name')} required minLength={2} {...form.getInputProps('name')} />
          <TextInput label={t('common:uid')} description={t('uidHelp')} {...form.getInputProps('uid')} />
          {others !== null && <Failure error={others} />}
          <Group>
            <Button type="submit" loading={save.isPending}>
              {t('common:save')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Section>
  )
}

function Removal({ source }: SourceProps): ReactNode {
  const { t } = useTranslation(['sources', 'common'])
  const api = useApi()
  const confirm = useConfirm()
  const navigate = useNavigate()
  const remove = useAction({
    run: () =>
      dataOf(api.DELETE('/ingest/api/v1/source/{source_id}', { params: { path: { source_id: source.id } } })),
    done: t('settings.removed'),
    onDone: () => void navigate({ to: '/sources' }),
    changes: [['sources']],
  })
  const question = {
    title: t('settings.remove'),
    text: t('settings.removeQuestion', { name: source.name }),
    does: t('common:delete'),
    isDangerous: true,
  }
  return (
    <Section title={t('settings.remove')} help={t('settings.removeHelp')}>
      <Group>
        <Button
          color="red"
          variant="outline"
          loading={remove.isPending}
          onClick={() => confirm(question, () => remove.mutate())}
        >
          {t('settings.remove')}
        </Button>
      </Group>
    </Section>
  )
}
