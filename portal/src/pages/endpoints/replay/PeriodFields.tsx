import { Group, Input, Radio, Stack } from '@mantine/core'
import type { UseFormReturnType } from '@mantine/form'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { InstantInput } from '../../../parts/InstantInput.tsx'
import { periods, type ReplayValues } from './replay-values.ts'

/** The period in which the messages were published: up to now, or between two instants. */
export function PeriodFields({ form }: { readonly form: UseFormReturnType<ReplayValues> }): ReactNode {
  const { t } = useTranslation(['replay', 'common'])
  const { period, since, until } = form.values
  const { error: sinceError } = form.getInputProps('since')
  const { error: untilError } = form.getInputProps('until')
  const hasError = sinceError !== undefined || untilError !== undefined
  return (
    <Stack gap="xs">
      <Radio.Group
        label={t('again.published')}
        value={period}
        onChange={(next) => {
          form.setFieldValue('period', periods.find((each) => each === next) ?? period)
          form.clearErrors()
        }}
      >
        <Group gap="md" mt={6}>
          {periods.map((each) => (
            <Radio key={each} value={each} label={t(`again.periods.${each}`)} />
          ))}
        </Group>
      </Radio.Group>
      {period === 'exact' && (
        <Group gap="sm" align="flex-start">
          <InstantInput
            label={t('common:since')}
            value={since}
            error={sinceError}
            onChange={(next) => form.setFieldValue('since', next)}
          />
          <InstantInput
            label={t('again.until')}
            value={until}
            error={untilError}
            onChange={(next) => form.setFieldValue('until', next)}
          />
        </Group>
      )}
      {period !== 'exact' && hasError && <Input.Error>{sinceError ?? untilError}</Input.Error>}
    </Stack>
  )
}
