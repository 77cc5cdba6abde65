import { Box, Group, Text, UnstyledButton } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { ChevronDown, ChevronRight } from 'lucide-react'
import { type ReactNode, useId } from 'react'
import { useTranslation } from 'react-i18next'
import { durationWords } from '../../../lib/time.ts'
import { AttemptDetails } from '../../../parts/AttemptDetails.tsx'
import { Instant } from '../../../parts/Instant.tsx'
import { Tag } from '../../../parts/Tag.tsx'
import type { Attempt } from '../message-queries.ts'
import { type Cause, toneOf } from './standing.ts'

interface AttemptRowProps {
  readonly appId: string
  readonly attempt: Attempt
  readonly cause: Cause
}

/** One attempt on the timeline; opens into all that is known of it. */
export function AttemptRow({ appId, attempt, cause }: AttemptRowProps): ReactNode {
  const { t, i18n } = useTranslation(['messages', 'common'])
  const [isOpen, { toggle }] = useDisclosure(false)
  const detailsId = useId()
  const { statusText, responseStatusCode, responseDurationMs, timestamp } = attempt
  const Chevron = isOpen ? ChevronDown : ChevronRight
  return (
    <li data-tone={toneOf(statusText)}>
      <UnstyledButton
        className="timeline-row"
        onClick={toggle}
        aria-expanded={isOpen}
        aria-controls={detailsId}
      >
        <Group gap="sm" wrap="wrap">
          <Chevron size={16} aria-hidden />
          <Tag tone={toneOf(statusText)}>{t(`attemptState.${statusText}`)}</Tag>
          <Text component="span" size="sm" ff="monospace">
            {responseStatusCode > 0 ? responseStatusCode : t('attempts.noAnswer')}
          </Text>
          <Text component="span" size="sm">
            {durationWords(responseDurationMs, i18n.language)}
          </Text>
          <Text component="span" size="sm" c="dimmed">
            {t(`cause.${cause}`)}
          </Text>
          <Text component="span" size="sm" c="dimmed" ml="auto">
            <Instant at={timestamp} />
          </Text>
        </Group>
      </UnstyledButton>
      <Box id={detailsId}>
        {isOpen && (
          <Box pt="sm" pb="md">
            <AttemptDetails appId={appId} attempt={attempt} />
          </Box>
        )}
      </Box>
    </li>
  )
}
