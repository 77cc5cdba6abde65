import { Alert, Button, Center, Code, Paper, PasswordInput, Stack, Text, Title } from '@mantine/core'
import { type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'

interface SignInProps {
  /** Takes a token, and tells whether it is one. */
  readonly take: (token: string) => boolean
  readonly hasEnded: boolean
}

export function SignIn({ take, hasEnded }: SignInProps): ReactNode {
  const { t } = useTranslation(['shell', 'common'])
  const [token, setToken] = useState('')
  const [isBad, setIsBad] = useState(false)
  return (
    <Center component="main" mih="100dvh" p="md">
      <Paper withBorder p="xl" w="100%" maw={420} radius="lg">
        <form
          onSubmit={(event) => {
            event.preventDefault()
            setIsBad(!take(token))
          }}
        >
          <Stack>
            <Title order={1} size="h3">
              {t('signIn.title')}
            </Title>
            {hasEnded && <Alert color="orange">{t('signIn.ended')}</Alert>}
            <Text c="dimmed" size="sm">
              {t('signIn.help')}
            </Text>
            <PasswordInput
              label={t('signIn.token')}
              value={token}
              onChange={(event) => setToken(event.currentTarget.value)}
              error={isBad ? t('signIn.bad') : null}
              autoComplete="off"
              required
              data-autofocus
            />
            <Button type="submit">{t('signIn.submit')}</Button>
            <Text c="dimmed" size="xs">
              {t('signIn.where')} <Code>posthorn token organisation</Code>
            </Text>
          </Stack>
        </form>
      </Paper>
    </Center>
  )
}
