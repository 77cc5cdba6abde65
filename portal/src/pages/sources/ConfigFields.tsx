import { Anchor, JsonInput, PasswordInput, Stack, Text, TextInput, Textarea } from '@mantine/core'
import type { UseFormReturnType } from '@mantine/form'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import type { ConfigValues } from './source-form.ts'
import { genericType, type SourceType } from './source-types.ts'

/** The fields that a provider asks for. */
export function ConfigFields<Values extends ConfigValues>({
  type,
  form,
}: {
  readonly type: SourceType
  readonly form: UseFormReturnType<Values>
}): ReactNode {
  const { t } = useTranslation('sources')
  return (
    <Stack>
      <SecretField type={type} form={form} />
      {type.settings.map(({ name, isRequired }) => (
        <TextInput
          key={name}
          label={t(`form.settings.${name}`)}
          description={t(`form.settingsHelp.${name}`)}
          required={isRequired}
          autoComplete="off"
          {...form.getInputProps(name)}
        />
      ))}
      {type.type === genericType && (
        <JsonInput
          label={t('form.row')}
          description={t('form.rowHelp')}
          validationError={t('form.rowBad')}
          autosize
          minRows={4}
          maxRows={16}
          classNames={{ input: 'monospace' }}
          {...form.getInputProps('row')}
        />
      )}
      {type.docs !== '' && (
        <Anchor href={type.docs} target="_blank" rel="noreferrer" size="sm">
          {t('docs', { name: type.name })}
        </Anchor>
      )}
    </Stack>
  )
}

function SecretField<Values extends ConfigValues>({
  type,
  form,
}: {
  readonly type: SourceType
  readonly form: UseFormReturnType<Values>
}): ReactNode {
  const { t } = useTranslation('sources')
  if (type.secret === 'learned') return <Text size="sm">{t('form.learned')}</Text>
  if (type.secret === 'none') return <Text size="sm">{t('form.noSecret')}</Text>
  const field = {
    label: t(`form.${type.secretName}`),
    description: t(`form.${type.secretName}Help`),
    required: type.secret === 'required',
    autoComplete: 'off',
    ...form.getInputProps(type.secretName),
  }
  if (type.secretName === 'publicKey') return <Textarea autosize minRows={2} maxRows={8} {...field} />
  return <PasswordInput {...field} />
}
