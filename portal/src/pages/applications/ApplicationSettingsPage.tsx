import { Stack } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { Loaded } from '../../parts/Loaded.tsx'
import { Page } from '../../parts/Page.tsx'
import { useApplicationQuery } from './application-query.ts'
import { DeleteApplication } from './DeleteApplication.tsx'
import { EditApplication } from './EditApplication.tsx'

export function ApplicationSettingsPage(): ReactNode {
  const { t } = useTranslation('applications')
  const { appId } = useParams({ from: '/app/$appId/settings' })
  const query = useQuery(useApplicationQuery(appId))
  return (
    <Page title={t('settings')}>
      <Loaded query={query}>
        {(application) => (
          <Stack gap="xl" maw={560}>
            <EditApplication application={application} />
            <DeleteApplication application={application} />
          </Stack>
        )}
      </Loaded>
    </Page>
  )
}
