import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import type { Schemas } from '../../../api/client.ts'
import { Tag, type Tone } from '../../../parts/Tag.tsx'

type StatusText = Schemas['MessageStatusText']

const tones: Readonly<Record<StatusText, Tone>> = {
  success: 'good',
  pending: 'waiting',
  sending: 'info',
  fail: 'bad',
  canceled: 'neutral',
}

/** How an attempt, or a delivery, stands. */
export function AttemptTag({ status }: { readonly status: StatusText }): ReactNode {
  const { t } = useTranslation(['endpoints', 'common'])
  return <Tag tone={tones[status]}>{t(`attempt.status.${status}`)}</Tag>
}
