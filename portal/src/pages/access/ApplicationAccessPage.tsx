import { Stack } from '@mantine/core'
import { useParams } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { Page } from '../../parts/Page.tsx'
import { EndLinks } from './EndLinks.tsx'
import { MakeLink } from './MakeLink.tsx'

/** Who may see one application. */
export function ApplicationAccessPage(): ReactNode {
  const { t } = useTranslation('access')
  const { appId } = useParams({ from: '/app/$appId/access' })
  return (
    <Page title={t('title')}>
      <Stack gap="xl">
        <MakeLink appId={appId} />
        <EndLinks appId={appId} />
      </Stack>
    </Page>
  )
}
