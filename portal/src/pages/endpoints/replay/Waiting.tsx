import { Button, Group, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Ban } from 'lucide-react'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { dataOf } from '../../../api/client.ts'
import { useAction, useConfirm } from '../../../parts/actions.tsx'
import { Loaded } from '../../../parts/Loaded.tsx'
import { Section } from '../../../parts/Section.tsx'
import { useApi } from '../../../session/SessionContext.tsx'
import { type EndpointIds, endpointKeys, useStatsQuery } from '../endpoint-queries.ts'

const lookAgainMs = 2_000
const hours = 1

/** What waits for the endpoint, and a way to let it go. */
export function Waiting({ ids }: { readonly ids: EndpointIds }): ReactNode {
  const { t, i18n } = useTranslation('replay')
  const api = useApi()
  const confirm = useConfirm()
  const query = useQuery({ ...useStatsQuery(ids, hours), refetchInterval: lookAgainMs })
  const cancel = useAction({
    run: () =>
      dataOf(
        api.POST('/api/v1/app/{app_id}/endpoint/{endpoint_id}/cancel-msgs', {
          params: { path: { app_id: ids.appId, endpoint_id: ids.endpointId } },
          body: { createdBefore: new Date().toISOString() },
        }),
      ),
    done: t('waiting.canceled'),
    changes: [endpointKeys.one(ids)],
  })
  const ask = (): void =>
    confirm(
      {
        title: t('waiting.sure'),
        text: t('waiting.sureHelp'),
        does: t('waiting.cancel'),
        isDangerous: true,
      },
      () => cancel.mutate(),
    )
  return (
    <Section title={t('waiting.title')} help={t('waiting.help')}>
      <Loaded query={query}>
        {({ pending, sending }) => {
          const count = pending + sending
          return (
            <Group gap="md">
              <Text size="sm" {...(count === 0 ? { c: 'dimmed' } : {})}>
                {count === 0
                  ? t('waiting.nothing')
                  : t('waiting.some', { count, shown: count.toLocaleString(i18n.language) })}
              </Text>
              {count > 0 && (
                <Button
                  variant="default"
                  size="xs"
                  leftSection={<Ban size={14} aria-hidden />}
                  loading={cancel.isPending}
                  onClick={ask}
                >
                  {t('waiting.cancel')}
                </Button>
              )}
            </Group>
          )
        }}
      </Loaded>
    </Section>
  )
}
