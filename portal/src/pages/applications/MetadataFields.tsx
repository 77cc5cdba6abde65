import { ActionIcon, Button, Group, Input, Stack, TextInput } from '@mantine/core'
import { Plus, X } from 'lucide-react'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { isRepeated, type MetadataEntry } from './metadata-entries.ts'

interface MetadataFieldsProps {
  readonly entries: readonly MetadataEntry[]
  readonly onChange: (entries: MetadataEntry[]) => void
}

/** Texts by names, a row for each. */
export function MetadataFields({ entries, onChange }: MetadataFieldsProps): ReactNode {
  const { t } = useTranslation('applications')
  const set = (index: number, change: Partial<MetadataEntry>): void =>
    onChange(entries.map((entry, at) => (at === index ? { ...entry, ...change } : entry)))
  return (
    <Input.Wrapper label={t('edit.metadata')} description={t('edit.metadataHelp')} labelElement="div">
      <Stack gap="xs" mt="xs" align="flex-start">
        {entries.map((entry, index) => (
          // The rows have no identity but their place.
          // oxlint-disable-next-line react/no-array-index-key
          <Group key={index} gap="xs" wrap="nowrap" w="100%" align="flex-start">
            <TextInput
              flex={1}
              aria-label={t('edit.metadataKey', { number: index + 1 })}
              placeholder={t('edit.metadataKey', { number: index + 1 })}
              value={entry.name}
              onChange={(event) => set(index, { name: event.currentTarget.value })}
              error={isRepeated(entries, index) ? t('edit.metadataTwice') : null}
            />
            <TextInput
              flex={2}
              aria-label={t('edit.metadataValue', { number: index + 1 })}
              placeholder={t('edit.metadataValue', { number: index + 1 })}
              value={entry.text}
              onChange={(event) => set(index, { text: event.currentTarget.value })}
            />
            <ActionIcon
              variant="subtle"
              color="gray"
              size="input-sm"
              onClick={() => onChange(entries.filter((_, at) => at !== index))}
              aria-label={t('edit.metadataRemove', { number: index + 1 })}
            >
              <X size={16} aria-hidden />
            </ActionIcon>
          </Group>
        ))}
        <Button
          variant="default"
          size="xs"
          leftSection={<Plus size={14} aria-hidden />}
          onClick={() => onChange([...entries, { name: '', text: '' }])}
        >
          {t('edit.metadataAdd')}
        </Button>
      </Stack>
    </Input.Wrapper>
  )
}
