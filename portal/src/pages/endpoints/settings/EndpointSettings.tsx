import { Alert, Button, Group, Stack } from '@mantine/core'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { dataOf, type Schemas } from '../../../api/client.ts'
import { useAction } from '../../../parts/actions.tsx'
import { Failure } from '../../../parts/Failure.tsx'
import { useFieldErrors } from '../../../parts/field-errors.ts'
import { Section } from '../../../parts/Section.tsx'
import { useApi, useMay } from '../../../session/SessionContext.tsx'
import { AdvancedFields } from '../AdvancedFields.tsx'
import { type EndpointIds, endpointKeys } from '../endpoint-queries.ts'
import { endpointBodyOf, endpointValuesOf } from '../endpoint-values.ts'
import { EndpointFields } from '../EndpointFields.tsx'
import { useEndpointForm } from '../use-endpoint-form.ts'
import { DangerZone } from './DangerZone.tsx'
import { RetryFields } from './RetryFields.tsx'
import { RuleFields } from './RuleFields.tsx'

interface EndpointSettingsProps {
  readonly ids: EndpointIds
  readonly endpoint: Schemas['EndpointOut']
}

/** Everything of an endpoint that can be changed. */
export function EndpointSettings({ ids, endpoint }: EndpointSettingsProps): ReactNode {
  const { t } = useTranslation(['endpoints', 'common'])
  const mayManage = useMay('ManageEndpoint')
  const api = useApi()
  const form = useEndpointForm(endpointValuesOf(endpoint))
  const save = useAction({
    run: (values: typeof form.values) =>
      dataOf(
        api.PATCH('/api/v1/app/{app_id}/endpoint/{endpoint_id}', {
          params: { path: { app_id: ids.appId, endpoint_id: ids.endpointId } },
          body: endpointBodyOf(values),
        }),
      ),
    done: t('common:saved'),
    changes: [endpointKeys.one(ids), endpointKeys.list(ids.appId)],
    isQuiet: true,
    onDone: (saved) => {
      const values = endpointValuesOf(saved)
      form.setInitialValues(values)
      form.setValues(values)
    },
  })
  const others = useFieldErrors(form, save.error)
  const fields = { form, isDisabled: !mayManage }
  return (
    <Stack gap="xl">
      {!mayManage && (
        <Alert color="gray" variant="light">
          {t('settings.forbidden')}
        </Alert>
      )}
      <form onSubmit={form.onSubmit((values) => save.mutate(values))} noValidate>
        <Stack gap="xl">
          <Section title={t('settings.basics')}>
            <Stack gap="lg">
              <EndpointFields {...fields} />
            </Stack>
          </Section>
          <Section title={t('form.advanced')}>
            <Stack gap="lg">
              <AdvancedFields {...fields} />
            </Stack>
          </Section>
          <Section title={t('settings.retries')} help={t('settings.retriesHelp')}>
            <RetryFields {...fields} />
          </Section>
          <Section title={t('settings.success')} help={t('settings.successHelp')}>
            <RuleFields {...fields} />
          </Section>
          {others !== null && <Failure error={others} />}
          {mayManage && (
            <Group>
              <Button type="submit" loading={save.isPending} disabled={!form.isDirty()}>
                {t('common:save')}
              </Button>
              {form.isDirty() && (
                <Button variant="subtle" onClick={form.reset}>
                  {t('settings.discard')}
                </Button>
              )}
            </Group>
          )}
        </Stack>
      </form>
      {mayManage && <DangerZone ids={ids} endpoint={endpoint} />}
    </Stack>
  )
}
