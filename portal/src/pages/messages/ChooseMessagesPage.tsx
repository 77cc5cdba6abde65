import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { ChooseApplication } from '../../parts/ChooseApplication.tsx'
import { useSearch } from '@tanstack/react-router'

export function ChooseMessagesPage(): ReactNode {
  const { t } = useTranslation(['messages', 'common'])
  const { choose = false } = useSearch({ from: '/messages' })
  return (
    <ChooseApplication
      title={t('title')}
      description={t('choose')}
      to="/app/$appId/messages"
      isAsked={choose}
    />
  )
}
