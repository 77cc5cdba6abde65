import { Box, Checkbox, Group, Input, Radio, SegmentedControl, Stack, TextInput } from '@mantine/core'
import type { UseFormReturnType } from '@mantine/form'
import { type ReactNode, useId } from 'react'
import { useTranslation } from 'react-i18next'
import { expiries, type Expiry, grantable, type LinkValues } from './link-input.ts'

const choices = [
  ['all', 'mayAll', 'mayAllHelp'],
  ['look', 'mayLook', 'mayLookHelp'],
  ['chosen', 'mayChosen', 'mayChosenHelp'],
] as const

/** How long a link lasts and what it allows. */
export function LinkFields({ form }: { readonly form: UseFormReturnType<LinkValues> }): ReactNode {
  const { t } = useTranslation('access')
  const expiryLabel = useId()
  return (
    <>
      <Input.Wrapper label={t('link.expiry')} labelElement="div" labelProps={{ id: expiryLabel }}>
        <Box mt={6}>
          <SegmentedControl
            aria-labelledby={expiryLabel}
            data={Object.keys(expiries).map((each) => ({
              value: each,
              label: t(`link.expiries.${each as Expiry}`),
            }))}
            {...form.getInputProps('expiry')}
          />
        </Box>
      </Input.Wrapper>
      <Radio.Group label={t('link.may')} {...form.getInputProps('allowed')}>
        <Stack gap="xs" mt={6}>
          {choices.map(([value, label, help]) => (
            <Radio key={value} value={value} label={t(`link.${label}`)} description={t(`link.${help}`)} />
          ))}
        </Stack>
      </Radio.Group>
      {form.values.allowed === 'chosen' && (
        <Checkbox.Group label={t('link.capabilities')} {...form.getInputProps('chosen')}>
          <Group gap="sm" mt={6}>
            {grantable.map((each) => (
              <Checkbox key={each} value={each} label={t(`link.capability.${each}`)} />
            ))}
          </Group>
        </Checkbox.Group>
      )}
      <TextInput
        label={t('link.session')}
        description={t('link.sessionHelp')}
        autoComplete="off"
        {...form.getInputProps('sessionId')}
      />
    </>
  )
}
