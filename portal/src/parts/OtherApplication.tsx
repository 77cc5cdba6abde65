import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { useSession } from '../session/SessionContext.tsx'
import { ItemLink } from './ItemLink.tsx'

/** Leads an operator to the same page of another application; nothing for a customer, who has one. */
export function OtherApplication({ to }: { readonly to: '/messages' | '/live' }): ReactNode {
  const { t } = useTranslation(['messages', 'common'])
  const { face } = useSession()
  if (face === 'customer') return null
  return (
    <ItemLink to={to} search={{ choose: true }} size="sm" mr="xs">
      {t('applications.other')}
    </ItemLink>
  )
}
