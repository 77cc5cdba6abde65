import { ActionIcon, Button, Group, Menu, Select } from '@mantine/core'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { Ellipsis, Pencil, Plus, Trash2 } from 'lucide-react'
import { type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { EventType } from '../../../api/event-types.ts'
import { useConfirm } from '../../../parts/actions.tsx'
import { Empty } from '../../../parts/Empty.tsx'
import { Section } from '../../../parts/Section.tsx'
import { useSession } from '../../../session/SessionContext.tsx'
import { useEventTypeChange } from '../event-type-change.ts'
import { versionsOf, withoutVersion } from '../schema-versions.ts'
import { SchemaForm } from './SchemaForm.tsx'
import { SchemaTabs } from './SchemaTabs.tsx'

/** What its payloads look like, by version. */
export function SchemaSection({ eventType }: { readonly eventType: EventType }): ReactNode {
  const { t } = useTranslation(['eventTypes', 'common'])
  const isOperator = useSession().face === 'operator'
  const navigate = useNavigate({ from: '/event-types/$name' })
  const search = useSearch({ from: '/event-types/$name' })
  const confirm = useConfirm()
  const change = useEventTypeChange(eventType.name)
  const [edited, setEdited] = useState<'new' | 'this' | null>(null)
  const versions = versionsOf(eventType.schemas)
  const version = versions.find((each) => each === search.version) ?? versions[0]
  const show = (next: string | undefined): void =>
    void navigate({ search: (last) => ({ ...last, version: next }), replace: true })
  const add = (
    <Button variant="default" leftSection={<Plus size={16} aria-hidden />} onClick={() => setEdited('new')}>
      {t(version === undefined ? 'schemas.first' : 'schemas.new')}
    </Button>
  )
  const choose = version !== undefined && versions.length > 1 && (
    <Select
      aria-label={t('schemas.which')}
      data={versions.map((each) => ({ value: each, label: t('schemas.version', { version: each }) }))}
      value={version}
      onChange={(next) => show(next ?? undefined)}
      allowDeselect={false}
      w={150}
    />
  )
  const menu = version !== undefined && (
    <Menu position="bottom-end">
      <Menu.Target>
        <ActionIcon variant="default" size={36} aria-label={t('schemas.actions')}>
          <Ellipsis size={16} aria-hidden />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item leftSection={<Pencil size={16} aria-hidden />} onClick={() => setEdited('this')}>
          {t('schemas.edit', { version })}
        </Menu.Item>
        <Menu.Item
          color="red"
          leftSection={<Trash2 size={16} aria-hidden />}
          onClick={() =>
            confirm(
              {
                title: t('schemas.remove', { version }),
                text: t('schemas.removeQuestion', { version }),
                does: t('common:delete'),
                isDangerous: true,
              },
              () => change.mutate({ schemas: withoutVersion(eventType.schemas, version) }),
            )
          }
        >
          {t('schemas.remove', { version })}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  )
  return (
    <Section
      title={t('schemas.title')}
      help={t(isOperator ? 'schemas.help' : 'schemas.helpForCustomers')}
      actions={
        <Group gap="xs">
          {choose}
          {isOperator && version !== undefined && add}
          {isOperator && menu}
        </Group>
      }
    >
      {version === undefined ? (
        <Empty
          title={t('schemas.none')}
          help={t(isOperator ? 'schemas.noneHelp' : 'schemas.noneForCustomers')}
          action={isOperator ? add : null}
        />
      ) : (
        <SchemaTabs name={eventType.name} version={version} schema={eventType.schemas?.[version]} />
      )}
      {edited !== null && (
        <SchemaForm
          eventType={eventType}
          version={edited === 'this' ? (version ?? null) : null}
          basedOn={version ?? null}
          close={() => setEdited(null)}
          show={show}
        />
      )}
    </Section>
  )
}
