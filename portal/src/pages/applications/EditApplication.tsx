import { Button, Group, NumberInput, Stack, TextInput } from '@mantine/core'
import { useForm } from '@mantine/form'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { dataOf, type Schemas } from '../../api/client.ts'
import { useAction } from '../../parts/actions.tsx'
import { Failure } from '../../parts/Failure.tsx'
import { useFieldErrors } from '../../parts/field-errors.ts'
import { Section } from '../../parts/Section.tsx'
import { useApi } from '../../session/SessionContext.tsx'
import { entriesOf, isRepeated, type MetadataEntry, metadataOf } from './metadata-entries.ts'
import { MetadataFields } from './MetadataFields.tsx'

const maxRate = 65_535

type Values = {
  readonly name: string
  readonly uid: string
  /** Empty for no limit. */
  readonly throttleRate: number | ''
  readonly metadata: MetadataEntry[]
}

export function EditApplication({
  application,
}: {
  readonly application: Schemas['ApplicationOut']
}): ReactNode {
  const { t } = useTranslation(['applications', 'common'])
  const api = useApi()
  const form = useForm<Values>({
    initialValues: {
      name: application.name,
      uid: application.uid ?? '',
      throttleRate: application.throttleRate ?? '',
      metadata: entriesOf(application.metadata),
    },
  })
  const save = useAction({
    run: ({ name, uid, throttleRate, metadata }: Values) =>
      dataOf(
        api.PATCH('/api/v1/app/{app_id}', {
          params: { path: { app_id: application.id } },
          body: {
            name,
            uid: uid === '' ? null : uid,
            throttleRate: throttleRate === '' ? null : throttleRate,
            metadata: metadataOf(metadata),
          },
        }),
      ),
    done: t('edit.saved'),
    changes: [['application', application.id], ['applications']],
    isQuiet: true,
  })
  const others = useFieldErrors(form, save.error)
  const { metadata } = form.values
  const isAmbiguous = metadata.some((_, index) => isRepeated(metadata, index))
  return (
    <Section title={t('edit.rename')}>
      <form onSubmit={form.onSubmit((values) => save.mutate(values))}>
        <Stack>
          <TextInput label={t('name')} description={t('nameHelp')} required {...form.getInputProps('name')} />
          <TextInput label={t('uid')} description={t('uidHelp')} {...form.getInputProps('uid')} />
          <NumberInput
            label={t('edit.rate')}
            description={t('edit.rateHelp')}
            min={1}
            max={maxRate}
            allowDecimal={false}
            allowNegative={false}
            {...form.getInputProps('throttleRate')}
            onChange={(value) => form.setFieldValue('throttleRate', value === '' ? '' : Number(value))}
          />
          <MetadataFields
            entries={metadata}
            onChange={(entries) => form.setFieldValue('metadata', entries)}
          />
          {others !== null && <Failure error={others} />}
          <Group>
            <Button type="submit" loading={save.isPending} disabled={isAmbiguous}>
              {t('common:save')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Section>
  )
}
