import { Select, type SelectProps } from '@mantine/core'
import { type ReactNode, useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { genericType, sourceTypes } from './source-types.ts'

/** Providers by name, to be searched. */
export function TypeSelect(props: Omit<SelectProps, 'data'>): ReactNode {
  const { t } = useTranslation('sources')
  const data = useMemo(
    () =>
      sourceTypes.map(({ type, name }) => ({
        value: type,
        label: type === genericType ? t('generic') : name,
      })),
    [t],
  )
  return (
    <Select
      label={t('type')}
      description={t('typeHelp')}
      placeholder={t('typePlaceholder')}
      nothingFoundMessage={t('typeNothing')}
      searchable
      required
      allowDeselect={false}
      maxDropdownHeight={260}
      data={data}
      {...props}
    />
  )
}
