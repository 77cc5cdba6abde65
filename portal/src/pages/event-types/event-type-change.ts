import { useTranslation } from 'react-i18next'
import { dataOf, type Schemas } from '../../api/client.ts'
import { useAction } from '../../parts/actions.tsx'
import { useApi } from '../../session/SessionContext.tsx'

interface ChangeOptions {
  readonly done?: string
  readonly isQuiet?: boolean
  readonly onDone?: () => void
}

/** Changes some of an event type. */
export function useEventTypeChange(name: string, { done, ...options }: ChangeOptions = {}) {
  const { t } = useTranslation()
  const api = useApi()
  return useAction({
    run: (body: Schemas['EventTypePatch']) =>
      dataOf(
        api.PATCH('/api/v1/event-type/{event_type_name}', {
          params: { path: { event_type_name: name } },
          body,
        }),
      ),
    done: done ?? t('saved'),
    changes: [['event-types'], ['event-type', name]],
    ...options,
  })
}
