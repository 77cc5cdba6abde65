import { Button } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { Empty } from '../parts/Empty.tsx'
import { Page } from '../parts/Page.tsx'

export function Missing(): ReactNode {
  const { t } = useTranslation(['shell', 'common'])
  return (
    <Page title={t('missing.title')}>
      <Empty
        title={t('missing.help')}
        action={
          <Button component={Link} to="/" mt="sm">
            {t('missing.home')}
          </Button>
        }
      />
    </Page>
  )
}
