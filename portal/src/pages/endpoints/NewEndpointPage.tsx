import { Accordion, Button, Group, Paper, Stack } from '@mantine/core'
import { useNavigate, useParams } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { dataOf } from '../../api/client.ts'
import { useAction } from '../../parts/actions.tsx'
import { ButtonLink } from '../../parts/ButtonLink.tsx'
import { Empty } from '../../parts/Empty.tsx'
import { Failure } from '../../parts/Failure.tsx'
import { useFieldErrors } from '../../parts/field-errors.ts'
import { Page } from '../../parts/Page.tsx'
import { useApi, useMay } from '../../session/SessionContext.tsx'
import { AdvancedFields } from './AdvancedFields.tsx'
import { endpointKeys } from './endpoint-queries.ts'
import { endpointBodyOf, newEndpointValues } from './endpoint-values.ts'
import { EndpointFields } from './EndpointFields.tsx'
import { useEndpointForm } from './use-endpoint-form.ts'

export function NewEndpointPage(): ReactNode {
  const { t } = useTranslation(['endpoints', 'common'])
  const { appId } = useParams({ from: '/app/$appId/endpoints/new' })
  const mayManage = useMay('ManageEndpoint')
  return (
    <Page
      title={t('add')}
      description={t('addHelp')}
      back={{ to: `/app/${appId}/endpoints`, label: t('title') }}
    >
      {mayManage ? <NewEndpoint appId={appId} /> : <Empty title={t('common:error.forbidden')} />}
    </Page>
  )
}

function NewEndpoint({ appId }: { readonly appId: string }): ReactNode {
  const { t } = useTranslation(['endpoints', 'common'])
  const api = useApi()
  const navigate = useNavigate()
  const form = useEndpointForm(newEndpointValues)
  const create = useAction({
    run: (values: typeof form.values) =>
      dataOf(
        api.POST('/api/v1/app/{app_id}/endpoint', {
          params: { path: { app_id: appId } },
          body: { ...endpointBodyOf(values), disabled: false, metadata: {} },
        }),
      ),
    changes: [endpointKeys.list(appId)],
    isQuiet: true,
    onDone: ({ id }) =>
      void navigate({
        to: '/app/$appId/endpoints/$endpointId',
        params: { appId, endpointId: id },
        search: { isNew: true },
        replace: true,
      }),
  })
  const others = useFieldErrors(form, create.error)
  const isAdvancedWrong = ['channels', 'throttleRate', 'uid'].some((field) => field in form.errors)
  return (
    <form onSubmit={form.onSubmit((values) => create.mutate(values))} noValidate>
      <Stack gap="lg">
        <Paper withBorder p={{ base: 'md', sm: 'lg' }}>
          <Stack gap="lg">
            <EndpointFields form={form} />
            <Accordion variant="contained" {...(isAdvancedWrong ? { value: 'advanced' } : {})}>
              <Accordion.Item value="advanced">
                <Accordion.Control>{t('form.advanced')}</Accordion.Control>
                <Accordion.Panel>
                  <Stack gap="md">
                    <AdvancedFields form={form} />
                  </Stack>
                </Accordion.Panel>
              </Accordion.Item>
            </Accordion>
          </Stack>
        </Paper>
        {others !== null && <Failure error={others} />}
        <Group>
          <Button type="submit" loading={create.isPending}>
            {t('form.create')}
          </Button>
          <ButtonLink variant="default" to="/app/$appId/endpoints" params={{ appId }}>
            {t('common:cancel')}
          </ButtonLink>
        </Group>
      </Stack>
    </form>
  )
}
