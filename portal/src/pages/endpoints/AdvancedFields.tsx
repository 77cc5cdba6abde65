import { NumberInput, TagsInput, TextInput } from '@mantine/core'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import type { EndpointForm } from './use-endpoint-form.ts'

interface AdvancedFieldsProps {
  readonly form: EndpointForm
  readonly isDisabled?: boolean
}

/** What few endpoints need. */
export function AdvancedFields({ form, isDisabled = false }: AdvancedFieldsProps): ReactNode {
  const { t } = useTranslation(['endpoints', 'common'])
  return (
    <>
      <TagsInput
        label={t('form.channels')}
        description={t('form.channelsHelp')}
        placeholder={form.values.channels.length === 0 ? t('form.channelsHint') : ''}
        maxTags={10}
        acceptValueOnBlur
        disabled={isDisabled}
        maw={640}
        {...form.getInputProps('channels')}
      />
      <NumberInput
        label={t('form.rate')}
        description={t('form.rateHelp')}
        min={1}
        allowDecimal={false}
        allowNegative={false}
        hideControls
        disabled={isDisabled}
        maw={320}
        {...form.getInputProps('throttleRate')}
      />
      <TextInput
        label={t('common:uid')}
        description={t('form.uidHelp')}
        disabled={isDisabled}
        maw={320}
        {...form.getInputProps('uid')}
      />
    </>
  )
}
