import { Text, TextInput } from '@mantine/core'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { EventTypePicker } from '../../parts/EventTypePicker.tsx'
import type { EndpointForm } from './use-endpoint-form.ts'

interface EndpointFieldsProps {
  readonly form: EndpointForm
  readonly isDisabled?: boolean
}

/** Where it is and what it takes: what every endpoint needs. */
export function EndpointFields({ form, isDisabled = false }: EndpointFieldsProps): ReactNode {
  const { t } = useTranslation(['endpoints', 'common'])
  const isPlain = form.values.url.trim().toLowerCase().startsWith('http://')
  return (
    <>
      <TextInput
        label={t('form.url')}
        description={t('form.urlHelp')}
        placeholder="https://example.com/webhooks"
        type="url"
        inputMode="url"
        autoComplete="off"
        spellCheck={false}
        required
        disabled={isDisabled}
        maw={640}
        {...form.getInputProps('url')}
      />
      {isPlain && form.errors.url === undefined && (
        <Text size="sm" c="dimmed" role="status">
          {t('form.urlPlain')}
        </Text>
      )}
      <TextInput
        label={t('common:description')}
        description={t('form.descriptionHelp')}
        disabled={isDisabled}
        maw={640}
        {...form.getInputProps('description')}
      />
      <EventTypePicker
        label={t('eventTypes')}
        value={form.values.eventTypes}
        onChange={(names) => form.setFieldValue('eventTypes', names)}
        error={form.errors.eventTypes}
        disabled={isDisabled}
      />
    </>
  )
}
