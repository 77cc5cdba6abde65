import { Box, Stack, Text } from '@mantine/core'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { ItemLink } from '../../parts/ItemLink.tsx'
import { Section } from '../../parts/Section.tsx'
import { Snippet } from '../../parts/Snippet.tsx'
import { firstCommands } from './first-commands.ts'

/** What to do where nothing is set up yet. */
export function FirstSteps(): ReactNode {
  const { t } = useTranslation('overview')
  const commands = firstCommands(location.origin)
  const steps = [
    { key: 'application', help: <ItemLink to="/applications">{t('first.inPortal')}</ItemLink> },
    { key: 'endpoint', help: t('first.endpointHelp') },
    { key: 'publish', help: t('first.publishHelp') },
  ] as const
  return (
    <Section title={t('first.title')} help={t('first.help')}>
      <Stack component="ol" className="steps" gap="lg" maw={820}>
        {steps.map(({ key, help }, index) => (
          <Box component="li" key={key}>
            <Text fw={600} mb={6}>
              {t(`first.${key}`)}
            </Text>
            <Snippet text={commands[key]} what={t('first.command', { number: index + 1 })} />
            <Text size="sm" c="dimmed" mt={6} component="div">
              {help}
            </Text>
          </Box>
        ))}
      </Stack>
    </Section>
  )
}
