import type { SpotlightActionData, SpotlightActionGroupData } from '@mantine/spotlight'
import type { TFunction } from 'i18next'
import type { Schemas } from '../api/client.ts'

export type Found = Schemas['SearchOut']

/** What the server finds, as rows of the command menu. */
export function foundGroups(
  found: Found | undefined,
  t: TFunction<['shell', 'common']>,
  go: (to: string) => () => void,
): readonly SpotlightActionGroupData[] {
  if (found === undefined) return []
  const row = (id: string, label: string, description: string, to: string): SpotlightActionData => ({
    id,
    label,
    description,
    onClick: go(to),
  })
  const groups: readonly SpotlightActionGroupData[] = [
    {
      group: t('search.applications'),
      actions: found.applications.map(({ id, name, uid }) =>
        row(id, name, uid ?? id, `/app/${id}/endpoints`),
      ),
    },
    {
      group: t('search.endpoints'),
      actions: found.endpoints.map(({ id, appId, appName, url }) =>
        row(id, url, appName, `/app/${appId}/endpoints/${id}`),
      ),
    },
    {
      group: t('search.messages'),
      actions: found.messages.map(({ id, appId, eventType }) =>
        row(id, eventType, id, `/app/${appId}/messages/${id}`),
      ),
    },
    {
      group: t('search.attempts'),
      actions: found.attempts.map(({ id, appId, msgId, url, responseStatusCode: status }) =>
        row(
          id,
          id,
          status > 0 ? t('search.attemptOf', { url, status }) : t('search.attemptUnanswered', { url }),
          `/app/${appId}/messages/${msgId}`,
        ),
      ),
    },
    {
      group: t('search.eventTypes'),
      actions: found.eventTypes.map(({ name, description }) =>
        row(`event type ${name}`, name, description, `/event-types/${encodeURIComponent(name)}`),
      ),
    },
    {
      group: t('search.sources'),
      actions: found.sources.map(({ id, name, type }) => row(id, name, type, `/sources/${id}`)),
    },
  ]
  return groups.filter(({ actions }) => actions.length > 0)
}
