import { Radio, Stack, Text, TextInput } from '@mantine/core'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { durationWords } from '../../../lib/time.ts'
import { parseWaits } from '../../../lib/waits.ts'
import type { EndpointForm } from '../use-endpoint-form.ts'

interface RetryFieldsProps {
  readonly form: EndpointForm
  readonly isDisabled: boolean
}

/** When a failed delivery is tried again. */
export function RetryFields({ form, isDisabled }: RetryFieldsProps): ReactNode {
  const { t, i18n } = useTranslation(['endpoints', 'common'])
  const { isOwn, waits } = form.values.retrySchedule
  const parsed = parseWaits(waits)
  const total = (parsed ?? []).reduce((sum, wait) => sum + wait, 0)
  return (
    <Stack gap="sm">
      <Radio.Group
        aria-label={t('settings.retries')}
        value={isOwn ? 'own' : 'shared'}
        onChange={(next) => form.setFieldValue('retrySchedule.isOwn', next === 'own')}
        error={form.errors.retrySchedule}
      >
        <Stack gap="xs">
          <Radio value="shared" label={t('settings.retriesShared')} disabled={isDisabled} />
          <Radio value="own" label={t('settings.retriesOwn')} disabled={isDisabled} />
        </Stack>
      </Radio.Group>
      {isOwn && (
        <TextInput
          label={t('settings.waits')}
          description={t('settings.waitsHelp')}
          placeholder="5 s, 5 min, 30 min, 2 h"
          disabled={isDisabled}
          maw={640}
          {...form.getInputProps('retrySchedule.waits')}
        />
      )}
      {isOwn && parsed !== null && (
        <Text size="sm" c="dimmed" role="status">
          {parsed.length === 0
            ? t('settings.noRetries')
            : t('settings.retriesSum', {
                count: parsed.length + 1,
                duration: durationWords(total * 1000, i18n.language),
              })}
        </Text>
      )}
    </Stack>
  )
}
