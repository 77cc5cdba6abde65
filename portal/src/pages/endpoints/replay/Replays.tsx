import { Stack } from '@mantine/core'
import { useNavigate, useSearch } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { Section } from '../../../parts/Section.tsx'
import { ReplayForm } from './ReplayForm.tsx'
import { ReplayProgress } from './ReplayProgress.tsx'
import { Waiting } from './Waiting.tsx'

interface ReplaysProps {
  readonly appId: string
  readonly endpointId: string
}

const page = '/app/$appId/endpoints/$endpointId'

/** Sends again what did not arrive. What runs is kept in the address, so that it is found again. */
export function Replays({ appId, endpointId }: ReplaysProps): ReactNode {
  const { t } = useTranslation('replay')
  const ids = { appId, endpointId }
  const { task } = useSearch({ from: page })
  const navigate = useNavigate({ from: page })
  const watch = (next: string | undefined): void =>
    void navigate({ search: (last) => ({ ...last, task: next }), replace: true })
  return (
    <Stack gap="xl">
      <Section title={t('again.title')} help={t('again.help')}>
        {task !== undefined && (
          <ReplayProgress key={task} ids={ids} taskId={task} close={() => watch(undefined)} />
        )}
        <ReplayForm ids={ids} onStarted={watch} />
      </Section>
      <Waiting ids={ids} />
    </Stack>
  )
}
