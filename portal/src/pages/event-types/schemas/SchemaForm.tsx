import { TextInput } from '@mantine/core'
import { useForm } from '@mantine/form'
import { type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { dataOf } from '../../../api/client.ts'
import type { EventType } from '../../../api/event-types.ts'
import { useAction } from '../../../parts/actions.tsx'
import { JsonEditor } from '../../../parts/JsonEditor.tsx'
import { useApi } from '../../../session/SessionContext.tsx'
import { FormDialog } from '../FormDialog.tsx'
import { nextVersion, readSchema, withVersion, writeSchema } from '../schema-versions.ts'
import { starterSchema } from './starter-schema.ts'

interface SchemaFormProps {
  readonly eventType: EventType
  /** The version that is changed; null for a new one. */
  readonly version: string | null
  /** The version that a new one begins as. */
  readonly basedOn: string | null
  readonly close: () => void
  readonly show: (version: string) => void
}

/** A new version of the schema beside the others, or another text of one that there is. */
export function SchemaForm({ eventType, version, basedOn, close, show }: SchemaFormProps): ReactNode {
  const { t } = useTranslation(['eventTypes', 'common'])
  const api = useApi()
  const { name, schemas } = eventType
  const form = useForm({
    initialValues: {
      version: version ?? nextVersion(schemas),
      schemas: writeSchema(basedOn === null ? starterSchema : schemas?.[basedOn]),
    },
    validate: {
      version(text) {
        if (text.trim() === '') return t('schemas.versionMissing')
        return version === null && Object.hasOwn(schemas ?? {}, text.trim())
          ? t('schemas.versionTaken')
          : null
      },
      schemas(text) {
        const read = readSchema(text)
        if (read.kind === 'noJson') return t('schemas.noJson', { detail: read.detail })
        return read.kind === 'noSchema' ? t('schemas.noSchema') : null
      },
    },
  })
  const params = { path: { event_type_name: name } }
  const save = useAction({
    async run({ version: given, schemas: text }: typeof form.values) {
      const read = readSchema(text)
      if (read.kind !== 'schema') throw new Error(read.kind)
      // All versions are written at once: those that others have made since this page was loaded stay.
      const current = await dataOf(api.GET('/api/v1/event-type/{event_type_name}', { params }))
      const body = { schemas: withVersion(current.schemas, given.trim(), read.schema) }
      return dataOf(api.PATCH('/api/v1/event-type/{event_type_name}', { params, body }))
    },
    done: t('common:saved'),
    changes: [['event-types'], ['event-type', name]],
    isQuiet: true,
    onDone(_, { version: saved }) {
      close()
      show(saved.trim())
    },
  })
  return (
    <FormDialog
      title={version === null ? t('schemas.new') : t('schemas.edit', { version })}
      submit={t('common:save')}
      isOpen
      close={close}
      form={form}
      action={save}
      size="xl"
    >
      {version === null && (
        <TextInput
          label={t('schemas.versionLabel')}
          description={t('schemas.versionHelp')}
          required
          maw={240}
          {...form.getInputProps('version')}
        />
      )}
      <JsonEditor
        label={t('schemas.schema')}
        description={t('schemas.editHelp')}
        value={form.values.schemas}
        onChange={(text) => form.setFieldValue('schemas', text)}
        error={form.errors.schemas}
        minHeight={320}
      />
    </FormDialog>
  )
}
