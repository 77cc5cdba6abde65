import { Alert, Button, Group, Stack, Text } from '@mantine/core'
import { Check } from 'lucide-react'
import { type ReactNode, useEffect, useRef } from 'react'
import { useTranslation } from 'react-i18next'
import { pageSettings } from '../../lib/settings.ts'
import { Section } from '../../parts/Section.tsx'
import { Snippet } from '../../parts/Snippet.tsx'
import { frameOf } from './link-input.ts'

/** The link, once. */
export function LinkReady({ url, again }: { readonly url: string; readonly again: () => void }): ReactNode {
  const { t } = useTranslation(['access', 'shell'])
  const { frameOrigins } = pageSettings
  const place = useRef<HTMLDivElement>(null)
  useEffect(() => place.current?.focus(), [])
  return (
    <Section title={t('link.readyTitle')}>
      <Stack maw={720} ref={place} tabIndex={-1} className="quiet-focus">
        <Alert color="teal" variant="light" icon={<Check aria-hidden />} role="status">
          {t('link.ready')}
        </Alert>
        <Snippet text={url} what={t('link.url')} />
        <Stack gap={6}>
          <Text fw={600}>{t('link.frame')}</Text>
          <Text size="sm" c="dimmed">
            {frameOrigins.length === 0
              ? t('link.frameNone')
              : t('link.frameHelp', { origins: frameOrigins.join(', ') })}
          </Text>
          <Snippet text={frameOf(url, t('shell:customer'))} what={t('link.frameName')} />
        </Stack>
        <Group>
          <Button variant="default" onClick={again}>
            {t('link.again')}
          </Button>
        </Group>
      </Stack>
    </Section>
  )
}
