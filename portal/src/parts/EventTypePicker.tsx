import { Input, Radio, Stack } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useEventTypesQuery } from '../api/event-types.ts'
import { EventTypeChoice } from './EventTypeChoice.tsx'
import { Loaded } from './Loaded.tsx'

interface EventTypePickerProps {
  /** Names of event types; none stands for all. */
  readonly value: readonly string[]
  readonly onChange: (value: readonly string[]) => void
  readonly label?: ReactNode
  readonly description?: ReactNode
  readonly error?: ReactNode
  readonly disabled?: boolean
}

/** All event types, or some of them from a tree that can be searched. */
export function EventTypePicker({
  value,
  onChange,
  label,
  description,
  error,
  disabled = false,
}: EventTypePickerProps): ReactNode {
  const { t } = useTranslation('eventTypes')
  const [wantsSome, setWantsSome] = useState(false)
  const [before, setBefore] = useState<readonly string[]>([])
  const query = useQuery(useEventTypesQuery())
  const isSome = wantsSome || value.length > 0
  return (
    <Stack gap="sm" maw={640}>
      <Radio.Group
        label={label ?? t('title')}
        description={description}
        error={error}
        value={isSome ? 'some' : 'all'}
        onChange={(kind) => {
          setWantsSome(kind === 'some')
          setBefore(value)
          // Whoever looks at the other choice for a moment finds this one again.
          const next = kind === 'all' ? [] : before
          if (next.length !== value.length) onChange(next)
        }}
      >
        <Stack gap="xs" mt="xs">
          <Radio value="all" label={t('picker.all')} disabled={disabled} />
          <Radio value="some" label={t('picker.some')} disabled={disabled} />
        </Stack>
      </Radio.Group>
      {isSome && (
        <>
          <Loaded query={query}>
            {(eventTypes) => (
              <EventTypeChoice
                eventTypes={eventTypes}
                value={value}
                onChange={(next) => {
                  // Whoever takes the last one away goes on choosing.
                  setWantsSome(true)
                  onChange(next)
                }}
                isDisabled={disabled}
              />
            )}
          </Loaded>
          {value.length === 0 && query.data !== undefined && (
            <Input.Description role="status">{t('picker.noneYet')}</Input.Description>
          )}
        </>
      )}
    </Stack>
  )
}
