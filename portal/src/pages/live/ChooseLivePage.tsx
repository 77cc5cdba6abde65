import { useSearch } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { ChooseApplication } from '../../parts/ChooseApplication.tsx'

export function ChooseLivePage(): ReactNode {
  const { t } = useTranslation(['live', 'common'])
  const { choose = false } = useSearch({ from: '/live' })
  return (
    <ChooseApplication title={t('title')} description={t('choose')} to="/app/$appId/live" isAsked={choose} />
  )
}
