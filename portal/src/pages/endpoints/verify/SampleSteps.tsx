import { Box, Stack, Text } from '@mantine/core'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { Snippet } from '../../../parts/Snippet.tsx'
import { addressOf, type HeaderPrefix, type Sample } from './samples/sample.ts'

interface SampleStepsProps {
  readonly sample: Sample
  /** It sends instead of receiving. */
  readonly isSender: boolean
  readonly endpointUrl: string
  readonly headerPrefix: HeaderPrefix
  /** Null where it is not shown. */
  readonly secret: string | null
  readonly isAsymmetric: boolean
}

const exportOf = (secret: string): string => `export WEBHOOK_SECRET='${secret}'`

/** From nothing to a receiver that runs. The secret stays out of the program. */
export function SampleSteps({
  sample,
  isSender,
  endpointUrl,
  headerPrefix,
  secret,
  isAsymmetric,
}: SampleStepsProps): ReactNode {
  const { t } = useTranslation('verify')
  const { install, fileName, run } = sample
  const code = sample.code({
    ...addressOf(endpointUrl),
    headerPrefix,
    comments: {
      duplicates: t('comments.duplicates'),
      rawBody: t('comments.rawBody'),
      work: t('comments.work'),
    },
  })
  const placeholder = isAsymmetric ? 'whpk_…' : 'whsec_…'
  return (
    <Stack gap="md">
      {isSender && <Text size="sm">{t('sender')}</Text>}
      {install !== null && (
        <Step title={t('install')}>
          <Snippet text={install} what={t('install')} />
        </Step>
      )}
      <Step title={t('secret')} help={t(secret === null ? 'secretHidden' : 'secretCopied')}>
        <Snippet text={exportOf(secret ?? placeholder)} shown={exportOf(placeholder)} what={t('secret')} />
      </Step>
      <Step title={t('save', { file: fileName })}>
        <Snippet text={code} what={fileName} />
      </Step>
      <Step title={t('run')}>
        <Snippet text={run} what={t('run')} />
      </Step>
    </Stack>
  )
}

function Step({
  title,
  help,
  children,
}: {
  readonly title: string
  readonly help?: string
  readonly children: ReactNode
}): ReactNode {
  return (
    <Box>
      <Text size="sm" fw={600} mb={4}>
        {title}
      </Text>
      {help !== undefined && (
        <Text size="sm" c="dimmed" mb={4}>
          {help}
        </Text>
      )}
      {children}
    </Box>
  )
}
