import { Box, Code, Group, Text } from '@mantine/core'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import type { SchemaField } from '../../../lib/schema-fields.ts'
import { DataTable } from '../../../parts/DataTable.tsx'
import { Tag } from '../../../parts/Tag.tsx'
import { useTypeWords } from './type-words.ts'

const indentRem = 1.25
/** More values than these are for the schema itself to show. */
const maxValues = 12

/** The fields of a payload, parents above what they hold. */
export function SchemaFieldsTable({ fields }: { readonly fields: readonly SchemaField[] }): ReactNode {
  const { t } = useTranslation(['eventTypes', 'common'])
  const typeWords = useTypeWords()
  return (
    <DataTable
      caption={t('schemas.fieldsCaption')}
      rows={fields}
      keyOf={({ path }) => path}
      columns={[
        {
          key: 'path',
          title: t('schemas.field'),
          width: '34%',
          cell: ({ path, name, depth, isDeprecated }) => (
            <Group gap="xs" pl={{ base: 0, sm: `${depth * indentRem}rem` }}>
              <Text ff="monospace" size="sm" fw={600} title={path}>
                <Text span inherit fw={400} c="dimmed">
                  {path.slice(0, path.length - name.length)}
                </Text>
                {name}
              </Text>
              {isDeprecated && <Tag tone="waiting">{t('deprecated')}</Tag>}
            </Group>
          ),
        },
        {
          key: 'type',
          title: t('schemas.type'),
          width: '20%',
          cell: (field) => (
            <Text size="sm" span>
              {typeWords(field)}
            </Text>
          ),
        },
        {
          key: 'required',
          title: t('schemas.presence'),
          width: '12%',
          cell: ({ isRequired }) => (
            <Text size="sm" span c={isRequired ? 'bright' : 'dimmed'}>
              {t(isRequired ? 'schemas.always' : 'schemas.mayLack')}
            </Text>
          ),
        },
        {
          key: 'description',
          title: t('common:description'),
          cell: ({ description, values }) =>
            description === '' && values.length === 0 ? null : (
              <Box>
                {description !== '' && <Text size="sm">{description}</Text>}
                {values.length > 0 && (
                  <Group gap={4} mt={description === '' ? 0 : 4}>
                    <Text size="xs" c="dimmed" span>
                      {t('schemas.oneOf')}
                    </Text>
                    {values.slice(0, maxValues).map((value) => (
                      <Code key={value}>{value}</Code>
                    ))}
                    {values.length > maxValues && (
                      <Text span size="xs">
                        …
                      </Text>
                    )}
                  </Group>
                )}
              </Box>
            ),
        },
      ]}
    />
  )
}
