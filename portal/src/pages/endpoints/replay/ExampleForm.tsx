import { Button, Group, Select, Stack } from '@mantine/core'
import { Send } from 'lucide-react'
import { type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { dataOf } from '../../../api/client.ts'
import { useAction } from '../../../parts/actions.tsx'
import { Failure } from '../../../parts/Failure.tsx'
import { Payload } from '../../../parts/Payload.tsx'
import { useApi } from '../../../session/SessionContext.tsx'
import { type EndpointIds, endpointKeys } from '../endpoint-queries.ts'
import { type ExampleChoice, isSendable } from './examples.ts'

interface ExampleFormProps {
  readonly ids: EndpointIds
  readonly choices: readonly ExampleChoice[]
  /** The endpoint takes nothing at the moment. */
  readonly isDisabled: boolean
  readonly onSent: (messageId: string) => void
}

const maxShown = 200

export function ExampleForm({ ids, choices, isDisabled, onSent }: ExampleFormProps): ReactNode {
  const { t } = useTranslation('replay')
  const api = useApi()
  const [wanted, setWanted] = useState<string | null>(null)
  const [wantedIndex, setWantedIndex] = useState(0)
  const choice = choices.find(({ name }) => name === wanted) ?? choices[0]
  const examples = choice?.examples ?? []
  const index = isSendable(examples[wantedIndex]) ? wantedIndex : examples.findIndex(isSendable)
  const send = useAction({
    run: (eventType: string) =>
      dataOf(
        api.POST('/api/v1/app/{app_id}/endpoint/{endpoint_id}/send-example', {
          params: { path: { app_id: ids.appId, endpoint_id: ids.endpointId } },
          body: { eventType, exampleIndex: index },
        }),
      ),
    changes: [endpointKeys.one(ids)],
    isQuiet: true,
    onDone: ({ id }) => onSent(id),
  })
  const choose = (name: string | null): void => {
    setWanted(name)
    setWantedIndex(0)
  }
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        if (choice !== undefined) send.mutate(choice.name)
      }}
    >
      <Stack gap="sm">
        <Group gap="sm" align="flex-end">
          <Select
            label={t('example.eventType')}
            flex="1 1 16rem"
            maw={480}
            searchable
            allowDeselect={false}
            limit={maxShown}
            nothingFoundMessage={t('example.noneFound')}
            value={choice?.name ?? null}
            onChange={choose}
            data={choices.map((each) => ({
              value: each.name,
              label: each.examples.some(isSendable) ? each.name : t('example.without', { name: each.name }),
              disabled: !each.examples.some(isSendable),
            }))}
          />
          {examples.length > 1 && (
            <Select
              label={t('example.which')}
              w={160}
              allowDeselect={false}
              value={String(index)}
              onChange={(next) => setWantedIndex(Number(next))}
              data={examples.map((example, at) => ({
                value: String(at),
                label: t('example.number', { number: at + 1 }),
                disabled: !isSendable(example),
              }))}
            />
          )}
          <Button
            type="submit"
            leftSection={<Send size={16} aria-hidden />}
            loading={send.isPending}
            disabled={isDisabled || index < 0}
          >
            {t('example.send')}
          </Button>
        </Group>
        {index >= 0 && (
          <Payload
            text={JSON.stringify(examples[index])}
            contentType="application/json"
            label={t('example.payload')}
          />
        )}
        {send.error !== null && <Failure error={send.error} />}
      </Stack>
    </form>
  )
}
