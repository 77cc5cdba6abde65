import { Text } from '@mantine/core'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import type { Schemas } from '../../../api/client.ts'

/** What the receiver answered, as a status code. */
export function ResponseStatus({
  attempt,
}: {
  readonly attempt: Pick<Schemas['MessageAttemptOut'], 'responseStatusCode'>
}): ReactNode {
  const { t } = useTranslation(['endpoints', 'common'])
  const { responseStatusCode } = attempt
  return (
    <Text size="sm" component="span" {...(responseStatusCode === 0 ? {} : { ff: 'monospace' })}>
      {responseStatusCode === 0 ? t('attempt.noAnswer') : responseStatusCode}
    </Text>
  )
}
