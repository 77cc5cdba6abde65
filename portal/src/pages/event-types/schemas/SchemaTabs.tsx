import { Stack, Tabs, Text } from '@mantine/core'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { type ReactNode, useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { schemaExample } from '../../../lib/schema-example.ts'
import { schemaFields } from '../../../lib/schema-fields.ts'
import { Payload } from '../../../parts/Payload.tsx'
import { schemaViews } from '../event-types-search.ts'
import { writeSchema } from '../schema-versions.ts'
import { SchemaFieldsTable } from './SchemaFieldsTable.tsx'

interface SchemaTabsProps {
  readonly name: string
  readonly version: string
  readonly schema: unknown
}

/** One schema: as a table to read, by an example, and as it is. */
export function SchemaTabs({ name, version, schema }: SchemaTabsProps): ReactNode {
  const { t } = useTranslation('eventTypes')
  const navigate = useNavigate({ from: '/event-types/$name' })
  const { view = 'fields' } = useSearch({ from: '/event-types/$name' })
  const fields = useMemo(() => schemaFields(schema), [schema])
  const example = useMemo(() => writeSchema(schemaExample(schema)), [schema])
  return (
    <Tabs
      value={view}
      keepMounted={false}
      onChange={(next) =>
        void navigate({
          search: (last) => ({ ...last, view: schemaViews.find((each) => each === next) }),
          replace: true,
        })
      }
    >
      <Tabs.List aria-label={t('schemas.views')} className="scrolls">
        {schemaViews.map((each) => (
          <Tabs.Tab key={each} value={each}>
            {t(`schemas.${each}`)}
          </Tabs.Tab>
        ))}
      </Tabs.List>
      <Tabs.Panel value="fields" pt="sm">
        {fields.length === 0 ? (
          <Text c="dimmed" size="sm" py="sm">
            {t('schemas.noField')}
          </Text>
        ) : (
          <SchemaFieldsTable fields={fields} />
        )}
      </Tabs.Panel>
      <Tabs.Panel value="example" pt="sm">
        <Stack gap="xs">
          <Text c="dimmed" size="sm">
            {t('schemas.exampleHelp')}
          </Text>
          <Payload text={example} contentType="application/json" label={t('schemas.exampleOf', { name })} />
        </Stack>
      </Tabs.Panel>
      <Tabs.Panel value="schema" pt="sm">
        <Payload
          text={writeSchema(schema)}
          contentType="application/schema+json"
          label={t('schemas.schemaOf', { name, version })}
        />
      </Tabs.Panel>
    </Tabs>
  )
}
