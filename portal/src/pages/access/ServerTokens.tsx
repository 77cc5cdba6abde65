import { Box, Stack, Text } from '@mantine/core'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { Section } from '../../parts/Section.tsx'
import { Snippet } from '../../parts/Snippet.tsx'
import { useSession } from '../../session/SessionContext.tsx'

const yearSeconds = 31_536_000

/** How tokens for servers are made and replaced: on the server's own machine. */
export function ServerTokens(): ReactNode {
  const { t } = useTranslation('access')
  const { orgId } = useSession()
  const commands = [
    ['make', `posthorn token organisation ${orgId}`],
    ['makeShort', `posthorn token organisation ${orgId} --expires-in ${yearSeconds}`],
    ['makeApplication', `posthorn token application ${orgId} app_…`],
  ] as const
  return (
    <Section title={t('tokens.title')} help={t('tokens.help')}>
      <Stack maw={720}>
        {commands.map(([what, command]) => (
          <Box key={what}>
            <Text size="sm" fw={500} mb={4}>
              {t(`tokens.${what}`)}
            </Text>
            <Snippet text={command} what={t('tokens.command', { what: t(`tokens.${what}`) })} />
          </Box>
        ))}
        <Box>
          <Text size="sm" fw={500}>
            {t('tokens.rotate')}
          </Text>
          <Text size="sm" c="dimmed" mb={4}>
            {t('tokens.rotateHelp')}
          </Text>
          <Snippet text="POSTHORN_JWT_SECRET=<new key>,<old key>" what={t('tokens.rotateName')} />
        </Box>
      </Stack>
    </Section>
  )
}
