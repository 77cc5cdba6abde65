import { Button, Group, Stack } from '@mantine/core'
import { useForm } from '@mantine/form'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { dataOf, type Schemas } from '../../api/client.ts'
import { useAction } from '../../parts/actions.tsx'
import { Failure } from '../../parts/Failure.tsx'
import { useFieldErrors } from '../../parts/field-errors.ts'
import { Section } from '../../parts/Section.tsx'
import { useApi } from '../../session/SessionContext.tsx'
import { ConfigFields } from './ConfigFields.tsx'
import { configOf, emptyConfig, isJson, shownValues } from './source-form.ts'
import { sourceTypeOf } from './source-types.ts'

/** The config, replaced as a whole: what is secret of it is known to the server alone. */
export function SourceConfig({ source }: { readonly source: Schemas['IngestSourceOut'] }): ReactNode {
  const { t } = useTranslation('sources')
  const api = useApi()
  const type = sourceTypeOf(source.type)
  const form = useForm({
    initialValues: shownValues(source.config),
    validate: { row: (row) => (row.trim() === '' || isJson(row) ? null : t('form.rowBad')) },
  })
  const save = useAction({
    run: (values: typeof form.values) =>
      dataOf(
        api.PATCH('/ingest/api/v1/source/{source_id}', {
          params: { path: { source_id: source.id } },
          body: { config: configOf(type, values) },
        }),
      ),
    done: t('settings.saved'),
    changes: [['source', source.id]],
    isQuiet: true,
    onDone({ config }) {
      form.setValues({ ...emptyConfig(), ...shownValues(config) })
    },
  })
  const others = useFieldErrors(form, save.error)
  return (
    <Section title={t('settings.config')} help={t('settings.configHelp')}>
      <form onSubmit={form.onSubmit((values) => save.mutate(values))}>
        <Stack>
          <ConfigFields type={type} form={form} />
          {others !== null && <Failure error={others} />}
          <Group>
            <Button type="submit" loading={save.isPending}>
              {t('settings.configSave')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Section>
  )
}
