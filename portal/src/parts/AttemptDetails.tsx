import { Stack, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import type { Schemas } from '../api/client.ts'
import { durationWords } from '../lib/time.ts'
import { useAttemptHeadersQuery } from './attempt-headers-query.ts'
import { AttemptExplanation } from './AttemptExplanation.tsx'
import { Copyable } from './Copyable.tsx'
import { Facts } from './Facts.tsx'
import { HeaderList } from './HeaderList.tsx'
import { Instant } from './Instant.tsx'
import { Loaded } from './Loaded.tsx'
import { Payload } from './Payload.tsx'

interface AttemptDetailsProps {
  readonly appId: string
  readonly attempt: Schemas['MessageAttemptOut']
}

/** One attempt: what it means, what came back, what was sent. */
export function AttemptDetails({ appId, attempt }: AttemptDetailsProps): ReactNode {
  const { t, i18n } = useTranslation(['payload', 'common'])
  const { id, msgId, url, response, responseStatusCode, responseDurationMs, timestamp } = attempt
  const headers = useQuery(useAttemptHeadersQuery(appId, msgId, id))
  const isAnswered = responseStatusCode > 0
  return (
    <Stack gap="md">
      <AttemptExplanation attempt={attempt} />
      <Facts
        facts={[
          { name: t('attempt.id'), value: <Copyable text={id} what={t('attempt.id')} /> },
          { name: t('common:url'), value: url },
          { name: t('attempt.startedAt'), value: <Instant at={timestamp} isExact /> },
          { name: t('attempt.duration'), value: durationWords(responseDurationMs, i18n.language) },
          {
            name: t('attempt.status'),
            value: isAnswered ? String(responseStatusCode) : t('attempt.noAnswer'),
          },
        ]}
      />
      <Part title={isAnswered ? t('attempt.response') : t('attempt.problem')}>
        <Payload
          text={response}
          contentType={contentTypeOf(headers.data?.responseHeaders)}
          label={isAnswered ? t('attempt.response') : t('attempt.problem')}
        />
      </Part>
      <Loaded query={headers}>
        {({ sentHeaders, responseHeaders, sensitive, omittedSentHeaders, omittedResponseHeaders }) => (
          <>
            {responseHeaders != null && (
              <Part title={t('attempt.responseHeaders')}>
                <HeaderList
                  label={t('attempt.responseHeaders')}
                  headers={responseHeaders.map(([name = '', value = '']) => [name, value])}
                  omitted={omittedResponseHeaders}
                />
              </Part>
            )}
            <Part title={t('attempt.sentHeaders')}>
              <HeaderList
                label={t('attempt.sentHeaders')}
                headers={Object.entries(sentHeaders)}
                hidden={sensitive}
                omitted={omittedSentHeaders}
              />
            </Part>
          </>
        )}
      </Loaded>
    </Stack>
  )
}

function Part({ title, children }: { readonly title: string; readonly children: ReactNode }): ReactNode {
  return (
    <Stack gap={6}>
      <Text size="sm" fw={600}>
        {title}
      </Text>
      {children}
    </Stack>
  )
}

function contentTypeOf(headers: readonly (readonly string[])[] | null | undefined): string {
  return headers?.find(([name]) => name === 'content-type')?.[1] ?? ''
}
