import { Box, Button, Group, Paper, Stack, Text } from '@mantine/core'
import { useNavigate } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { dataOf, type Schemas } from '../../../api/client.ts'
import { useAction, useConfirm } from '../../../parts/actions.tsx'
import { Section } from '../../../parts/Section.tsx'
import { useApi } from '../../../session/SessionContext.tsx'
import { type EndpointIds, endpointKeys } from '../endpoint-queries.ts'
import { useSwitch } from '../use-switch.ts'

interface DangerZoneProps {
  readonly ids: EndpointIds
  readonly endpoint: Schemas['EndpointOut']
}

/** What stops deliveries, for a while or for good. */
export function DangerZone({ ids, endpoint }: DangerZoneProps): ReactNode {
  const { t } = useTranslation(['endpoints', 'common'])
  const api = useApi()
  const navigate = useNavigate()
  const confirm = useConfirm()
  const toggle = useSwitch(ids)
  const { appId, endpointId } = ids
  const isDisabled = endpoint.disabled === true
  const remove = useAction({
    run: () =>
      dataOf(
        api.DELETE('/api/v1/app/{app_id}/endpoint/{endpoint_id}', {
          params: { path: { app_id: appId, endpoint_id: endpointId } },
        }),
      ),
    done: t('settings.deleted'),
    changes: [endpointKeys.list(appId)],
    onDone: () => void navigate({ to: '/app/$appId/endpoints', params: { appId } }),
  })
  return (
    <Section title={t('settings.stop')}>
      <Paper withBorder p="md">
        <Stack gap="md">
          <Row
            title={t(isDisabled ? 'settings.enable' : 'settings.disable')}
            help={t(isDisabled ? 'settings.enableHelp' : 'settings.disableHelp')}
            action={
              <Button
                variant="default"
                loading={toggle.isPending}
                onClick={() => toggle.mutate({ disabled: !isDisabled })}
              >
                {t(isDisabled ? 'settings.enable' : 'settings.disable')}
              </Button>
            }
          />
          <Row
            title={t('settings.delete')}
            help={t('settings.deleteHelp')}
            action={
              <Button
                color="red.9"
                loading={remove.isPending}
                onClick={() =>
                  confirm(
                    {
                      title: t('settings.delete'),
                      text: t('settings.deleteQuestion', { url: endpoint.url }),
                      does: t('common:delete'),
                      isDangerous: true,
                    },
                    () => remove.mutate(),
                  )
                }
              >
                {t('settings.delete')}
              </Button>
            }
          />
        </Stack>
      </Paper>
    </Section>
  )
}

interface RowProps {
  readonly title: string
  readonly help: string
  readonly action: ReactNode
}

function Row({ title, help, action }: RowProps): ReactNode {
  return (
    <Group justify="space-between" gap="sm">
      <Box flex="1 1 16rem" maw="60ch">
        <Text fw={600} size="sm">
          {title}
        </Text>
        <Text size="sm" c="dimmed">
          {help}
        </Text>
      </Box>
      {action}
    </Group>
  )
}
