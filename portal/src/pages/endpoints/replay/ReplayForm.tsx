import { Button, Group, Radio, Stack } from '@mantine/core'
import { useForm } from '@mantine/form'
import { RotateCcw } from 'lucide-react'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { useConfirm } from '../../../parts/actions.tsx'
import { Failure } from '../../../parts/Failure.tsx'
import { useFieldErrors } from '../../../parts/field-errors.ts'
import type { EndpointIds } from '../endpoint-queries.ts'
import { firstValues, kinds, type ReplayValues } from './replay-values.ts'
import { MatchFields } from './MatchFields.tsx'
import { PeriodFields } from './PeriodFields.tsx'
import { useReplay } from './use-replay.ts'

interface ReplayFormProps {
  readonly ids: EndpointIds
  readonly onStarted: (taskId: string) => void
}

/** What is sent again, and since when. */
export function ReplayForm({ ids, onStarted }: ReplayFormProps): ReactNode {
  const { t } = useTranslation('replay')
  const confirm = useConfirm()
  const form = useForm<ReplayValues>({
    initialValues: firstValues,
    validate: {
      since: (since, { period }) =>
        period === 'exact' && since === undefined ? t('again.needsSince') : null,
    },
  })
  const replay = useReplay(ids, onStarted)
  const others = useFieldErrors(form, replay.error)
  const { kind } = form.values
  const submit = (values: ReplayValues): void => {
    // The others send nothing that the receiver has had.
    if (values.kind !== 'matching') return replay.mutate(values)
    const question = { title: t('again.sure'), text: t('again.sureHelp'), does: t('again.start') }
    confirm(question, () => replay.mutate(values))
  }
  return (
    <form onSubmit={form.onSubmit(submit)}>
      <Stack gap="md">
        <Radio.Group label={t('again.what')} {...form.getInputProps('kind')}>
          <Stack gap="xs" mt={6}>
            {kinds.map((each) => (
              <Radio
                key={each}
                value={each}
                label={t(`again.kinds.${each}.label`)}
                description={t(`again.kinds.${each}.help`)}
              />
            ))}
          </Stack>
        </Radio.Group>
        {kind === 'matching' && <MatchFields form={form} />}
        <PeriodFields form={form} />
        {others !== null && <Failure error={others} />}
        <Group>
          <Button
            type="submit"
            variant="default"
            leftSection={<RotateCcw size={16} aria-hidden />}
            loading={replay.isPending}
          >
            {t('again.start')}
          </Button>
        </Group>
      </Stack>
    </form>
  )
}
