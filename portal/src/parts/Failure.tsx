import { Alert, Button, Stack, Text } from '@mantine/core'
import type { ReactNode } from 'react'
import { CircleAlert } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { useErrorWords } from './error-words.ts'

/** What went wrong, what that means, and a way to try again. */
export function Failure({
  error,
  retry,
}: {
  readonly error: Error
  readonly retry?: (() => void) | undefined
}): ReactNode {
  const { t } = useTranslation()
  const { advice, detail } = useErrorWords()(error)
  return (
    <Alert
      color="red"
      variant="light"
      icon={<CircleAlert aria-hidden />}
      title={t('error.title')}
      role="alert"
    >
      <Stack gap="xs" align="flex-start">
        <Text size="sm">{advice}</Text>
        {detail !== '' && (
          <Text size="sm" ff="monospace" style={{ overflowWrap: 'anywhere' }}>
            {detail}
          </Text>
        )}
        {retry !== undefined && (
          <Button size="xs" variant="default" onClick={retry}>
            {t('retry')}
          </Button>
        )}
      </Stack>
    </Alert>
  )
}
