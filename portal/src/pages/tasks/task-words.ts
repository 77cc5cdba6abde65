import type { TFunction } from 'i18next'
import type { Schemas } from '../../api/client.ts'

type Task = Schemas['BackgroundTaskOut']

const kinds = {
  'endpoint.recover': 'recover',
  'endpoint.replay': 'replay',
  'endpoint.bulk-replay': 'bulkReplay',
  'application.stats': 'stats',
} as const

/** What the task does; its kind's own name where it is none of ours. */
export function kindWords({ task }: Task, t: TFunction<'tasks'>): string {
  return task in kinds ? t(`kinds.${kinds[task as keyof typeof kinds]}`) : task
}

/** How far it is. */
export function progressWords({ data }: Task, t: TFunction<'tasks'>): string {
  if (typeof data.error === 'string') return data.error
  if (typeof data.replayed === 'number') return t('replayed', { count: data.replayed })
  if (Array.isArray(data.statistics)) return t('counted', { count: data.statistics.length })
  return t('nothing')
}
