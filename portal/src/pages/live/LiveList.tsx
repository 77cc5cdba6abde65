import './live.css'
import { type ReactNode, memo } from 'react'
import { useTranslation } from 'react-i18next'
import { clockTime } from '../../lib/clock-time.ts'
import { durationWords } from '../../lib/time.ts'
import { ItemLink } from '../../parts/ItemLink.tsx'
import { Tag } from '../../parts/Tag.tsx'
import { toneOf } from '../messages/deliveries/standing.ts'
import type { LiveRow } from './live-rows.ts'

interface LiveListProps {
  readonly appId: string
  readonly rows: readonly LiveRow[]
}

export function LiveList({ appId, rows }: LiveListProps): ReactNode {
  const { t } = useTranslation(['live', 'common'])
  return (
    <ol className="live-list" aria-label={t('list')}>
      {rows.map((row) => (
        <Row key={row.id} appId={appId} row={row} />
      ))}
    </ol>
  )
}

const Row = memo(function Row({ appId, row }: { readonly appId: string; readonly row: LiveRow }): ReactNode {
  const { t, i18n } = useTranslation(['live', 'messages', 'common'])
  const { attempt, timestamp, eventType, messageId } = row
  return (
    <li>
      <time dateTime={timestamp}>{clockTime(Date.parse(timestamp), i18n.language)}</time>
      <span className="live-kind">
        {attempt === null ? (
          <Tag tone="info">{t('message')}</Tag>
        ) : (
          <Tag tone={toneOf(attempt.statusText)}>
            {t(`messages:attemptState.${attempt.statusText}`)}
            {attempt.responseStatusCode > 0 && ` ${attempt.responseStatusCode}`}
          </Tag>
        )}
      </span>
      <ItemLink to="/app/$appId/messages/$messageId" params={{ appId, messageId }} className="live-link">
        {eventType ?? messageId}
      </ItemLink>
      <span className="live-more">
        {attempt === null
          ? messageId
          : `${durationWords(attempt.responseDurationMs, i18n.language)} · ${attempt.url}`}
      </span>
    </li>
  )
})
