import { ActionIcon, Button, Menu } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { useNavigate } from '@tanstack/react-router'
import { Archive, ArchiveRestore, CircleSlash, Ellipsis, Pencil, Trash2 } from 'lucide-react'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { dataOf } from '../../api/client.ts'
import type { EventType } from '../../api/event-types.ts'
import { useAction, useConfirm } from '../../parts/actions.tsx'
import { useApi } from '../../session/SessionContext.tsx'
import { EditEventType } from './EditEventType.tsx'
import { useEventTypeChange } from './event-type-change.ts'

/** What an operator does with it. */
export function EventTypeActions({ eventType }: { readonly eventType: EventType }): ReactNode {
  const { t } = useTranslation(['eventTypes', 'common'])
  const api = useApi()
  const navigate = useNavigate()
  const confirm = useConfirm()
  const [isEditing, editing] = useDisclosure(false)
  const { name, deprecated, archived } = eventType
  const change = useEventTypeChange(name)
  const remove = useAction({
    run: () =>
      dataOf(
        api.DELETE('/api/v1/event-type/{event_type_name}', {
          params: { path: { event_type_name: name }, query: { expunge: 'true' } },
        }),
      ),
    done: t('removed'),
    changes: [['event-types']],
    onDone: () => void navigate({ to: '/event-types' }),
  })
  return (
    <>
      <Button variant="default" leftSection={<Pencil size={16} aria-hidden />} onClick={editing.open}>
        {t('common:edit')}
      </Button>
      <Menu position="bottom-end">
        <Menu.Target>
          <ActionIcon variant="default" size={36} aria-label={t('moreActions')}>
            <Ellipsis size={16} aria-hidden />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item
            leftSection={<CircleSlash size={16} aria-hidden />}
            onClick={() => change.mutate({ deprecated: !deprecated })}
          >
            {t(deprecated ? 'undeprecate' : 'deprecate')}
          </Menu.Item>
          <Menu.Item
            leftSection={
              archived === true ? <ArchiveRestore size={16} aria-hidden /> : <Archive size={16} aria-hidden />
            }
            onClick={() => change.mutate({ archived: archived !== true })}
          >
            {t(archived === true ? 'unarchive' : 'archive')}
          </Menu.Item>
          <Menu.Divider />
          <Menu.Item
            color="red"
            leftSection={<Trash2 size={16} aria-hidden />}
            onClick={() =>
              confirm(
                {
                  title: t('remove'),
                  text: t('removeQuestion', { name }),
                  does: t('common:delete'),
                  isDangerous: true,
                },
                () => remove.mutate(),
              )
            }
          >
            {t('remove')}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      {isEditing && <EditEventType eventType={eventType} close={editing.close} />}
    </>
  )
}
