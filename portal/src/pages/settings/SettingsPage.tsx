import { Anchor, Code, Group, Stack, Text } from '@mantine/core'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { pageSettings } from '../../lib/settings.ts'
import { Copyable } from '../../parts/Copyable.tsx'
import { Facts } from '../../parts/Facts.tsx'
import { Page } from '../../parts/Page.tsx'
import { Section } from '../../parts/Section.tsx'
import { useSession } from '../../session/SessionContext.tsx'
import { HealthState } from './HealthState.tsx'

const links = [
  ['/docs', 'api', 'apiHelp'],
  ['/openapi.json', 'openapi', 'openapiHelp'],
  ['/metrics', 'metrics', 'metricsHelp'],
] as const

export function SettingsPage(): ReactNode {
  const { t } = useTranslation('settings')
  const { orgId } = useSession()
  const { version, publicUrl, frameOrigins } = pageSettings
  return (
    <Page title={t('title')} description={t('about')}>
      <Stack gap="xl">
        <Section title={t('server')}>
          <Facts
            facts={[
              { name: t('version'), value: version },
              { name: t('address'), value: <Copyable text={publicUrl} what={t('address')} /> },
              { name: t('organisation'), value: <Copyable text={orgId} what={t('organisation')} /> },
            ]}
          />
        </Section>
        <HealthState />
        <Section title={t('frames.title')} help={t('frames.help')}>
          {frameOrigins.length === 0 ? (
            <Text size="sm">{t('frames.none')}</Text>
          ) : (
            <Group component="ul" className="plain-list" gap="xs">
              {frameOrigins.map((origin) => (
                <Code component="li" key={origin}>
                  {origin}
                </Code>
              ))}
            </Group>
          )}
        </Section>
        <Section title={t('more.title')}>
          <Stack component="ul" className="plain-list" gap="xs">
            {links.map(([href, name, help]) => (
              <Text component="li" key={href} size="sm">
                <Anchor href={href} target="_blank" rel="noreferrer" inherit underline="always">
                  {t(`more.${name}`)}
                </Anchor>{' '}
                <Text span inherit c="dimmed">
                  {t(`more.${help}`)}
                </Text>
              </Text>
            ))}
          </Stack>
        </Section>
      </Stack>
    </Page>
  )
}
