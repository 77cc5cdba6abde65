import { Alert, Group, Stack, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { RotateCcw } from 'lucide-react'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { dataOf, type Schemas } from '../../../api/client.ts'
import { idInstant } from '../../../lib/id-instant.ts'
import { Failure } from '../../../parts/Failure.tsx'
import { Instant } from '../../../parts/Instant.tsx'
import { ItemLink } from '../../../parts/ItemLink.tsx'
import { Tag, type Tone } from '../../../parts/Tag.tsx'
import { useApi, useSession } from '../../../session/SessionContext.tsx'
import type { EndpointIds } from '../endpoint-queries.ts'

interface ReplayProgressProps {
  readonly ids: EndpointIds
  readonly taskId: string
  readonly close: () => void
}

type Task = Schemas['BackgroundTaskOut']

const lookAgainMs = 1_000
const tones: Readonly<Record<Task['status'], Tone>> = { running: 'info', finished: 'good', failed: 'bad' }

/**
 * What a replay has done so far. Tasks belong to the organisation, so a customer is shown when it began, and sees by
 * the deliveries how it goes on.
 */
export function ReplayProgress({ ids, taskId, close }: ReplayProgressProps): ReactNode {
  const { t } = useTranslation(['replay', 'common'])
  const { face } = useSession()
  const startedAt = idInstant(taskId)
  const started = startedAt === null ? null : new Date(startedAt).toISOString()
  return (
    <Alert
      color="gray"
      variant="light"
      icon={<RotateCcw aria-hidden />}
      title={t('progress.title')}
      withCloseButton
      closeButtonLabel={t('common:close')}
      onClose={close}
      role="status"
    >
      <Stack gap={6}>
        {face === 'operator' ? <TaskState taskId={taskId} /> : <Text size="sm">{t('progress.goesOn')}</Text>}
        <Group gap="sm">
          {started !== null && (
            <Text size="sm" c="dimmed" component="span">
              {t('progress.started')} <Instant at={started} />
            </Text>
          )}
          <ItemLink
            to="/app/$appId/endpoints/$endpointId"
            params={ids}
            search={{ tab: 'deliveries', ...(started === null ? {} : { after: started }) }}
            fz="sm"
          >
            {t('progress.deliveries')}
          </ItemLink>
        </Group>
      </Stack>
    </Alert>
  )
}

function TaskState({ taskId }: { readonly taskId: string }): ReactNode {
  const { t } = useTranslation('replay')
  const api = useApi()
  const { data, error, refetch } = useQuery({
    queryKey: ['task', taskId],
    queryFn: ({ signal }) =>
      dataOf(api.GET('/api/v1/background-task/{task_id}', { params: { path: { task_id: taskId } }, signal })),
    refetchInterval: ({ state }) => (state.data?.status === 'running' ? lookAgainMs : false),
  })
  if (error !== null) return <Failure error={error} retry={() => void refetch()} />
  if (data === undefined) return null
  const { status, data: done } = data
  const count = typeof done.replayed === 'number' ? done.replayed : 0
  return (
    <>
      <Group gap="sm">
        <Tag tone={tones[status]}>{t(`progress.states.${status}`)}</Tag>
        <Text size="sm">{typeof done.error === 'string' ? done.error : t('progress.made', { count })}</Text>
      </Group>
      {status === 'running' && <Text size="sm">{t('progress.goesOn')}</Text>}
    </>
  )
}
