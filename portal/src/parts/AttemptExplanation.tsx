import { Group, Stack, Text } from '@mantine/core'
import { CircleHelp } from 'lucide-react'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import type { Schemas } from '../api/client.ts'
import { explainAttempt } from '../lib/explain-attempt.ts'
import { durationWords } from '../lib/time.ts'

interface AttemptExplanationProps {
  readonly attempt: Pick<Schemas['MessageAttemptOut'], 'status' | 'responseStatusCode' | 'response'>
}

/** What happened, and what to do about it; nothing for an attempt that succeeded. */
export function AttemptExplanation({ attempt }: AttemptExplanationProps): ReactNode {
  const { t, i18n } = useTranslation('failures')
  const explanation = explainAttempt(attempt)
  if (explanation === null) return null
  const { kind, status, waitedMs } = explanation
  const wait = waitedMs === null ? t('theDeadline') : durationWords(waitedMs, i18n.language)
  return (
    <Group gap="xs" wrap="nowrap" align="flex-start" role="note" aria-label={t('title')} maw="72ch">
      <Text component="span" c="dimmed" lh={0} mt={3}>
        <CircleHelp size={16} aria-hidden />
      </Text>
      <Stack gap={2} miw={0}>
        <Text size="sm" fw={600}>
          {t(`kinds.${kind}.cause`, { status, wait })}
        </Text>
        <Text size="sm" c="dimmed">
          {t(`kinds.${kind}.advice`)}
        </Text>
      </Stack>
    </Group>
  )
}
