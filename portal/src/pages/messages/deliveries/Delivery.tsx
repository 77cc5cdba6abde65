import { Box, Button, Group, Paper, Stack, Text } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { type ReactNode, useId, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Instant } from '../../../parts/Instant.tsx'
import { ItemLink } from '../../../parts/ItemLink.tsx'
import { Tag } from '../../../parts/Tag.tsx'
import { useMay } from '../../../session/SessionContext.tsx'
import type { Destination, MessageIds } from '../message-queries.ts'
import { Attempts } from './Attempts.tsx'
import { SendAgain } from './SendAgain.tsx'
import { toneOf } from './standing.ts'

interface DeliveryProps {
  readonly ids: MessageIds
  readonly destination: Destination
  readonly isOpenAtFirst: boolean
}

/** The message at one endpoint. */
export function Delivery({ ids, destination, isOpenAtFirst }: DeliveryProps): ReactNode {
  const { t } = useTranslation(['messages', 'common'])
  const mayResend = useMay('CreateAttempts')
  const [isOpen, { toggle, open }] = useDisclosure(isOpenAtFirst)
  const [resentAt, setResentAt] = useState<number | null>(null)
  const attemptsId = useId()
  const { id, url, description, statusText } = destination
  return (
    <Paper withBorder p="md">
      <Stack gap="sm">
        <Group justify="space-between" align="flex-start" gap="sm">
          <Box miw={0} flex="1 1 16rem">
            <Group gap="sm">
              <Tag tone={toneOf(statusText)}>{t(`state.${statusText}`)}</Tag>
              <ItemLink
                to="/app/$appId/endpoints/$endpointId"
                params={{ appId: ids.appId, endpointId: id }}
                fw={600}
                style={{ overflowWrap: 'anywhere' }}
              >
                {url}
              </ItemLink>
            </Group>
            <Text size="sm" c="dimmed" component="div">
              {description}
              <NextAttempt destination={destination} />
            </Text>
          </Box>
          <Group gap="xs">
            {mayResend && (
              <SendAgain
                ids={ids}
                destination={destination}
                onSent={() => {
                  setResentAt(Date.now())
                  open()
                }}
              />
            )}
            <Button
              variant="subtle"
              color="gray"
              size="xs"
              onClick={toggle}
              aria-expanded={isOpen}
              aria-controls={attemptsId}
            >
              {isOpen ? t('attempts.hide') : t('attempts.show')}
            </Button>
          </Group>
        </Group>
        <Box id={attemptsId}>
          {isOpen && <Attempts ids={ids} destination={destination} resentAt={resentAt} />}
        </Box>
      </Stack>
    </Paper>
  )
}

function NextAttempt({ destination }: { readonly destination: Destination }): ReactNode {
  const { t } = useTranslation(['messages', 'common'])
  const { statusText, nextAttempt, disabled } = destination
  if (statusText !== 'pending') return null
  if (disabled === true) return <div>{t('deliveries.held')}</div>
  if (nextAttempt == null) return null
  return (
    <div>
      {t('deliveries.next')} <Instant at={nextAttempt} />
    </div>
  )
}
