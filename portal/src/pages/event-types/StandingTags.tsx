import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import type { EventType } from '../../api/event-types.ts'
import { Tag } from '../../parts/Tag.tsx'

/** What is special about how it may be used; nothing for most. */
export function StandingTags({ eventType }: { readonly eventType: EventType }): ReactNode {
  const { t } = useTranslation('eventTypes')
  return (
    <>
      {eventType.archived === true && <Tag tone="neutral">{t('archived')}</Tag>}
      {eventType.deprecated && <Tag tone="waiting">{t('deprecated')}</Tag>}
      {(eventType.featureFlags ?? []).length > 0 && <Tag tone="info">{t('limited')}</Tag>}
    </>
  )
}
