import { Stack } from '@mantine/core'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { Page } from '../../parts/Page.tsx'
import { MakeLink } from './MakeLink.tsx'
import { OwnToken } from './OwnToken.tsx'
import { ServerTokens } from './ServerTokens.tsx'

export function AccessPage(): ReactNode {
  const { t } = useTranslation('access')
  return (
    <Page title={t('title')} description={t('about')}>
      <Stack gap="xl">
        <OwnToken />
        <MakeLink />
        <ServerTokens />
      </Stack>
    </Page>
  )
}
