import { Button, FileButton, Group, Modal, Stack, Switch, Text, Textarea } from '@mantine/core'
import { Upload } from 'lucide-react'
import { type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { dataOf } from '../../../api/client.ts'
import { useAction } from '../../../parts/actions.tsx'
import { Failure } from '../../../parts/Failure.tsx'
import { useApi } from '../../../session/SessionContext.tsx'
import { ImportPreview } from './ImportPreview.tsx'

interface ImportOpenApiProps {
  readonly isOpen: boolean
  readonly close: () => void
}

/** Event types out of the webhooks of an OpenAPI document: first what would change, then the change. */
export function ImportOpenApi({ isOpen, close }: ImportOpenApiProps): ReactNode {
  const { t } = useTranslation(['eventTypes', 'common'])
  const api = useApi()
  const [text, setText] = useState('')
  const [replaceAll, setReplaceAll] = useState(false)
  const send = (dryRun: boolean) => () =>
    dataOf(api.POST('/api/v1/event-type/import/openapi', { body: { dryRun, replaceAll, specRaw: text } }))
  const preview = useAction({ run: send(true), isQuiet: true })
  const apply = useAction({
    run: send(false),
    done: t('import.done'),
    changes: [['event-types'], ['event-type']],
    isQuiet: true,
    onDone: () => end(),
  })
  const end = (): void => {
    close()
    preview.reset()
    apply.reset()
    setText('')
  }
  const change = (next: string): void => {
    setText(next)
    preview.reset()
    apply.reset()
  }
  const error = preview.error ?? apply.error
  const isShown = preview.data !== undefined
  return (
    <Modal
      opened={isOpen}
      onClose={end}
      title={t('import.title')}
      size="lg"
      closeButtonProps={{ 'aria-label': t('common:close') }}
    >
      <Stack>
        <Text size="sm" c="dimmed">
          {t('import.help')}
        </Text>
        <Textarea
          label={t('import.document')}
          description={t('import.documentHelp')}
          rows={8}
          spellCheck={false}
          styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)' } }}
          value={text}
          onChange={({ currentTarget }) => change(currentTarget.value)}
          data-autofocus
        />
        <Group justify="space-between">
          <FileButton
            accept=".json,.yaml,.yml,application/json,application/yaml"
            onChange={(file) => void file?.text().then(change)}
            inputProps={{ 'aria-label': t('import.file') }}
          >
            {(props) => (
              <Button variant="default" size="xs" leftSection={<Upload size={14} aria-hidden />} {...props}>
                {t('import.file')}
              </Button>
            )}
          </FileButton>
          <Switch
            label={t('import.replaceAll')}
            checked={replaceAll}
            onChange={({ currentTarget }) => {
              setReplaceAll(currentTarget.checked)
              preview.reset()
            }}
          />
        </Group>
        {error !== null && <Failure error={error} />}
        {preview.data !== undefined && <ImportPreview result={preview.data.data} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={end}>
            {t('common:cancel')}
          </Button>
          {isShown ? (
            <Button loading={apply.isPending} onClick={() => apply.mutate()}>
              {t('import.apply')}
            </Button>
          ) : (
            <Button
              disabled={text.trim() === ''}
              loading={preview.isPending}
              onClick={() => preview.mutate()}
            >
              {t('import.preview')}
            </Button>
          )}
        </Group>
      </Stack>
    </Modal>
  )
}
