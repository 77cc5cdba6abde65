import { Alert, Button, Stack, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { CircleCheck, CirclePause, CircleX, Send, TriangleAlert } from 'lucide-react'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import type { Schemas } from '../../../api/client.ts'
import { ButtonLink } from '../../../parts/ButtonLink.tsx'
import { Instant } from '../../../parts/Instant.tsx'
import { useMay } from '../../../session/SessionContext.tsx'
import { type EndpointIds, useStatsQuery } from '../endpoint-queries.ts'
import { stateOf } from '../endpoint-state.ts'
import { useSwitch } from '../use-switch.ts'

const looks = {
  active: { color: 'teal', Icon: CircleCheck },
  failing: { color: 'orange', Icon: TriangleAlert },
  off: { color: 'gray', Icon: CirclePause },
  gaveUp: { color: 'red', Icon: CircleX },
  gone: { color: 'red', Icon: CircleX },
} as const

const weekHours = 168

interface HealthProps {
  readonly ids: EndpointIds
  readonly endpoint: Schemas['EndpointOut']
}

/** How it stands with an endpoint, and what to do about it. */
export function Health({ ids, endpoint }: HealthProps): ReactNode {
  const { t } = useTranslation(['endpoints', 'common'])
  const mayManage = useMay('ManageEndpoint')
  const maySend = useMay('CreateAttempts')
  const enable = useSwitch(ids)
  const stats = useQuery(useStatsQuery(ids, weekHours))
  const state = stateOf(endpoint)
  const { color, Icon } = looks[state]
  const isUnused =
    state === 'active' && stats.data !== undefined && Object.values(stats.data).every((count) => count === 0)
  const { failingSince } = endpoint
  return (
    <Alert
      color={isUnused ? 'gray' : color}
      variant="light"
      icon={<Icon aria-hidden />}
      title={t(isUnused ? 'health.unused' : `health.${state}`)}
      role="status"
    >
      <Stack gap="xs" align="flex-start">
        <Text size="sm">{t(isUnused ? 'health.unusedHelp' : `health.${state}Help`)}</Text>
        {state !== 'active' && failingSince != null && (
          <Text size="sm">
            {t('health.since')} <Instant at={failingSince} fw={600} />
          </Text>
        )}
        {endpoint.disabled === true && mayManage && (
          <Button size="xs" loading={enable.isPending} onClick={() => enable.mutate({ disabled: false })}>
            {t('health.enable')}
          </Button>
        )}
        {isUnused && maySend && (
          <ButtonLink
            to="/app/$appId/endpoints/$endpointId"
            params={ids}
            search={{ tab: 'test' }}
            size="xs"
            variant="default"
            leftSection={<Send size={14} aria-hidden />}
          >
            {t('welcome.send')}
          </ButtonLink>
        )}
      </Stack>
    </Alert>
  )
}
