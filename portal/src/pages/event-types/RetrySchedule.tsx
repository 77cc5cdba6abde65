import { Button, Group, Paper, Radio, Stack, Text, TextInput } from '@mantine/core'
import { useForm } from '@mantine/form'
import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { dataOf, type Schemas } from '../../api/client.ts'
import { parseWaits, writeWaits } from '../../lib/waits.ts'
import { useAction } from '../../parts/actions.tsx'
import { Failure } from '../../parts/Failure.tsx'
import { useFieldErrors } from '../../parts/field-errors.ts'
import { Loaded } from '../../parts/Loaded.tsx'
import { Section } from '../../parts/Section.tsx'
import { useApi } from '../../session/SessionContext.tsx'

type Schedule = Schemas['RetryScheduleInOut']

/** When a failed delivery of its messages is tried again. */
export function RetrySchedule({ name }: { readonly name: string }): ReactNode {
  const { t } = useTranslation(['eventTypes', 'common'])
  const api = useApi()
  const params = { path: { event_type_name: name } }
  const query = useQuery({
    queryKey: ['event-type', name, 'retry-schedule'],
    queryFn: ({ signal }) =>
      dataOf(api.GET('/api/v1/event-type/{event_type_name}/retry-schedule', { params, signal })),
  })
  return (
    <Section title={t('retry.title')} help={t('retry.help')}>
      <Paper withBorder p="md">
        <Loaded query={query}>{(schedule) => <ScheduleForm name={name} schedule={schedule} />}</Loaded>
      </Paper>
    </Section>
  )
}

function ScheduleForm({ name, schedule }: { readonly name: string; readonly schedule: Schedule }): ReactNode {
  const { t } = useTranslation(['eventTypes', 'common'])
  const api = useApi()
  const { retrySchedule } = schedule
  const form = useForm({
    initialValues: {
      kind: retrySchedule == null ? 'server' : 'own',
      retrySchedule: writeWaits((retrySchedule ?? []).map(({ secs, nanos }) => secs + nanos / 1e9)),
    },
    validate: {
      retrySchedule: (text, { kind }) =>
        kind === 'own' && parseWaits(text) === null ? t('retry.bad') : null,
    },
  })
  const save = useAction({
    run: ({ kind, retrySchedule: text }: typeof form.values) =>
      dataOf(
        api.PUT('/api/v1/event-type/{event_type_name}/retry-schedule', {
          params: { path: { event_type_name: name } },
          body: { retrySchedule: kind === 'own' ? durationsOf(parseWaits(text) ?? []) : null },
        }),
      ),
    done: t('common:saved'),
    changes: [['event-type', name]],
    isQuiet: true,
    onDone: () => form.resetDirty(),
  })
  const others = useFieldErrors(form, save.error)
  const isOwn = form.values.kind === 'own'
  const waits = isOwn ? parseWaits(form.values.retrySchedule) : null
  return (
    <form onSubmit={form.onSubmit((values) => save.mutate(values))}>
      <Stack gap="sm">
        <Radio.Group aria-label={t('retry.title')} {...form.getInputProps('kind')}>
          <Stack gap="xs">
            <Radio value="server" label={t('retry.server')} />
            <Radio value="own" label={t('retry.own')} />
          </Stack>
        </Radio.Group>
        {isOwn && (
          <TextInput
            label={t('retry.waits')}
            description={t('retry.waitsHelp')}
            placeholder="5 s, 5 min, 2 h"
            maw={480}
            {...form.getInputProps('retrySchedule')}
          />
        )}
        {waits !== null && (
          <Text size="sm" c="dimmed" role="status">
            {waits.length === 0 ? t('retry.noRetry') : t('retry.attempts', { count: waits.length + 1 })}
          </Text>
        )}
        {others !== null && <Failure error={others} />}
        <Group>
          <Button type="submit" variant="default" loading={save.isPending} disabled={!form.isDirty()}>
            {t('common:save')}
          </Button>
        </Group>
      </Stack>
    </form>
  )
}

function durationsOf(seconds: readonly number[]): NonNullable<Schedule['retrySchedule']> {
  return seconds.map((wait) => {
    const secs = Math.floor(wait)
    return { secs, nanos: Math.round((wait - secs) * 1e9) }
  })
}
