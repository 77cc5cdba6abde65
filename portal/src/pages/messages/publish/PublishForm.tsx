import { Autocomplete, Button, Group, SimpleGrid, Stack, TagsInput, Text, TextInput } from '@mantine/core'
import { useForm } from '@mantine/form'
import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { type ReactNode, useEffect, useRef } from 'react'
import { useTranslation } from 'react-i18next'
import { dataOf } from '../../../api/client.ts'
import { useEventTypesQuery } from '../../../api/event-types.ts'
import { useAction } from '../../../parts/actions.tsx'
import { Failure } from '../../../parts/Failure.tsx'
import { useFieldErrors } from '../../../parts/field-errors.ts'
import { JsonEditor } from '../../../parts/JsonEditor.tsx'
import { useApi } from '../../../session/SessionContext.tsx'
import { messageKeys } from '../message-queries.ts'
import { isObject, publishBody } from './publish-body.ts'
import { useExample } from './use-example.ts'

interface PublishFormProps {
  readonly appId: string
  readonly close: () => void
}

const start = '{\n  \n}'

export function PublishForm({ appId, close }: PublishFormProps): ReactNode {
  const { t } = useTranslation(['messages', 'common'])
  const api = useApi()
  const navigate = useNavigate()
  const { data: eventTypes } = useQuery(useEventTypesQuery())
  const form = useForm({
    initialValues: { eventType: '', payload: start, eventId: '', channels: [] as string[] },
    validate: {
      eventType: (name) => (name.trim() === '' ? t('publish.eventTypeMissing') : null),
      payload: (text) => (isObject(text) ? null : t('publish.notAnObject')),
    },
  })
  const publish = useAction({
    run: (draft: typeof form.values) =>
      dataOf(
        api.POST('/api/v1/app/{app_id}/msg', {
          params: { path: { app_id: appId }, query: { with_content: 'false' } },
          body: { eventType: draft.eventType, payload: {} },
          // The text itself: parsed and written again, big numbers would be others.
          bodySerializer: () => publishBody(draft),
        }),
      ),
    done: t('publish.done'),
    changes: [messageKeys.list(appId)],
    isQuiet: true,
    onDone({ id }) {
      close()
      void navigate({ to: '/app/$appId/messages/$messageId', params: { appId, messageId: id } })
    },
  })
  const others = useFieldErrors(form, publish.error)
  const { setFieldValue } = form
  const { eventType, payload } = form.values
  const offered = useRef(start)
  const example = useExample(eventTypes?.some(({ name }) => name === eventType) === true ? eventType : null)
  // What was written by hand is never replaced.
  const isUntouched = payload === offered.current
  useEffect(() => {
    if (example === null || !isUntouched) return
    offered.current = example
    setFieldValue('payload', example)
    // oxlint-disable-next-line react-hooks/exhaustive-deps
  }, [example])
  return (
    <form onSubmit={form.onSubmit((values) => publish.mutate(values))}>
      <Stack>
        <Text size="sm" c="dimmed">
          {t('publish.help')}
        </Text>
        <Autocomplete
          label={t('eventType')}
          withAsterisk
          data-autofocus
          limit={100}
          data={eventTypes?.map(({ name }) => name) ?? []}
          {...form.getInputProps('eventType')}
        />
        <JsonEditor
          label={t('publish.payload')}
          description={t('publish.payloadHelp')}
          minHeight={200}
          value={payload}
          onChange={(next) => form.setFieldValue('payload', next)}
          error={form.errors.payload}
        />
        <SimpleGrid cols={{ base: 1, xs: 2 }}>
          <TextInput
            label={t('eventId')}
            description={t('publish.eventIdHelp')}
            {...form.getInputProps('eventId')}
          />
          <TagsInput
            label={t('channels')}
            description={t('publish.channelsHelp')}
            {...form.getInputProps('channels')}
          />
        </SimpleGrid>
        {others !== null && <Failure error={others} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={close}>
            {t('common:cancel')}
          </Button>
          <Button type="submit" loading={publish.isPending}>
            {t('publish.submit')}
          </Button>
        </Group>
      </Stack>
    </form>
  )
}
