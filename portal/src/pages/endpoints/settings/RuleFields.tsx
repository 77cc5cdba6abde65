import { Group, Radio, Stack, TagsInput, Text, TextInput } from '@mantine/core'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import type { EndpointForm } from '../use-endpoint-form.ts'

interface RuleFieldsProps {
  readonly form: EndpointForm
  readonly isDisabled: boolean
}

const answers = ['any', 'contains', 'equals'] as const

/** Which answers count as delivered. */
export function RuleFields({ form, isDisabled }: RuleFieldsProps): ReactNode {
  const { t } = useTranslation(['endpoints', 'common'])
  const { answer, statusCodes } = form.values.successRule
  return (
    <Stack gap="md">
      <TagsInput
        label={t('settings.statusCodes')}
        description={t('settings.statusCodesHelp')}
        placeholder={statusCodes.length === 0 ? '200, 202' : ''}
        splitChars={[',', ' ']}
        acceptValueOnBlur
        disabled={isDisabled}
        maw={640}
        {...form.getInputProps('successRule.statusCodes')}
      />
      <Radio.Group
        label={t('settings.answer')}
        value={answer}
        onChange={(next) =>
          form.setFieldValue('successRule.answer', answers.find((each) => each === next) ?? 'any')
        }
      >
        <Stack gap="xs" mt="xs">
          {answers.map((each) => (
            <Radio key={each} value={each} label={t(`settings.answers.${each}`)} disabled={isDisabled} />
          ))}
        </Stack>
      </Radio.Group>
      {answer === 'contains' && (
        <TextInput
          label={t('settings.contains')}
          disabled={isDisabled}
          maw={640}
          {...form.getInputProps('successRule.contains')}
        />
      )}
      {answer === 'equals' && (
        <Group gap="sm" align="flex-start">
          <TextInput
            label={t('settings.pointer')}
            description={t('settings.pointerHelp')}
            placeholder="/status"
            ff="monospace"
            disabled={isDisabled}
            flex="1 1 12rem"
            {...form.getInputProps('successRule.pointer')}
          />
          <TextInput
            label={t('settings.equals')}
            description={t('settings.equalsHelp')}
            placeholder="ok"
            disabled={isDisabled}
            flex="1 1 12rem"
            {...form.getInputProps('successRule.equals')}
          />
        </Group>
      )}
      {form.errors.successRule !== undefined && (
        <Text size="sm" c="red" role="alert">
          {form.errors.successRule}
        </Text>
      )}
    </Stack>
  )
}
