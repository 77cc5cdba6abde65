import { Alert, List, Tabs, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Loaded } from '../../../parts/Loaded.tsx'
import { Section } from '../../../parts/Section.tsx'
import { useEndpointQuery } from '../endpoint-queries.ts'
import { SampleSteps } from './SampleSteps.tsx'
import { asymmetricLanguages, type Language, languages, samples } from './samples/samples.ts'
import { useSignature } from './use-signature.ts'

interface VerifyPanelProps {
  readonly appId: string
  readonly endpointId: string
  /** Null where it is not shown. */
  readonly secret: string | null
}

const hints = ['rawBody', 'answer', 'duplicates', 'clock', 'rotation'] as const

/** How a receiver verifies this endpoint's deliveries, in whole programs to begin with. */
export function VerifyPanel({ appId, endpointId, secret }: VerifyPanelProps): ReactNode {
  const { t } = useTranslation('verify')
  const ids = { appId, endpointId }
  const query = useQuery(useEndpointQuery(ids))
  const { headerPrefix, isAsymmetric } = useSignature(ids, secret)
  const [wanted, setWanted] = useState<Language>('node')
  const offered = isAsymmetric ? asymmetricLanguages : languages
  const language = offered.includes(wanted) ? wanted : (offered[0] ?? wanted)
  return (
    <Section title={t('title')} help={t('help')}>
      {isAsymmetric && (
        <Alert color="blue" variant="light">
          {t('asymmetric')}
        </Alert>
      )}
      <Loaded query={query}>
        {({ url }) => (
          <Tabs
            value={language}
            keepMounted={false}
            onChange={(next) => setWanted(languages.find((each) => each === next) ?? 'node')}
          >
            <Tabs.List aria-label={t('languages')} className="scrolls">
              {offered.map((each) => (
                <Tabs.Tab key={each} value={each}>
                  {samples[each].name}
                </Tabs.Tab>
              ))}
            </Tabs.List>
            <Tabs.Panel value={language} pt="md">
              <SampleSteps
                sample={samples[language]}
                isSender={language === 'curl'}
                endpointUrl={url}
                headerPrefix={headerPrefix}
                secret={secret}
                isAsymmetric={isAsymmetric}
              />
            </Tabs.Panel>
          </Tabs>
        )}
      </Loaded>
      <Text size="sm" fw={600} mt="xs">
        {t('hints.title')}
      </Text>
      <List size="sm" spacing={4} maw="80ch">
        {hints.map((each) => (
          <List.Item key={each}>{t(`hints.${each}`)}</List.Item>
        ))}
      </List>
    </Section>
  )
}
