import { Stack } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useEventTypesQuery } from '../../../api/event-types.ts'
import { Loaded } from '../../../parts/Loaded.tsx'
import { Section } from '../../../parts/Section.tsx'
import { useEndpointQuery } from '../endpoint-queries.ts'
import { ExampleForm } from './ExampleForm.tsx'
import { ExampleResult } from './ExampleResult.tsx'
import { exampleChoices } from './examples.ts'

interface SendExampleProps {
  readonly appId: string
  readonly endpointId: string
}

/** Sends a message made up from an event type's example to this endpoint alone, and shows what it answers. */
export function SendExample({ appId, endpointId }: SendExampleProps): ReactNode {
  const { t } = useTranslation('replay')
  const ids = { appId, endpointId }
  const endpoint = useQuery(useEndpointQuery(ids))
  const eventTypes = useQuery(useEventTypesQuery({ withSchemas: true }))
  const [messageId, setMessageId] = useState<string | null>(null)
  return (
    <Section title={t('example.title')} help={t('example.help')}>
      <Loaded query={endpoint}>
        {({ filterTypes, disabled }) => (
          <Loaded query={eventTypes}>
            {(all) => (
              <Stack gap="md">
                <ExampleForm
                  ids={ids}
                  choices={exampleChoices(all, filterTypes ?? null)}
                  isDisabled={disabled === true}
                  onSent={setMessageId}
                />
                {messageId !== null && <ExampleResult key={messageId} ids={ids} messageId={messageId} />}
              </Stack>
            )}
          </Loaded>
        )}
      </Loaded>
    </Section>
  )
}
