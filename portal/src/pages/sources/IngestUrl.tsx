import { Button, Group } from '@mantine/core'
import { RefreshCw } from 'lucide-react'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { dataOf, type Schemas } from '../../api/client.ts'
import { useAction, useConfirm } from '../../parts/actions.tsx'
import { Copyable } from '../../parts/Copyable.tsx'
import { Section } from '../../parts/Section.tsx'
import { useApi } from '../../session/SessionContext.tsx'

/** Where the provider sends to. */
export function IngestUrl({ source }: { readonly source: Schemas['IngestSourceOut'] }): ReactNode {
  const { t } = useTranslation(['sources', 'common'])
  const api = useApi()
  const confirm = useConfirm()
  const rotate = useAction({
    run: () =>
      dataOf(
        api.POST('/ingest/api/v1/source/{source_id}/token/rotate', {
          params: { path: { source_id: source.id } },
        }),
      ),
    done: t('rotated'),
    changes: [['source', source.id]],
  })
  const ask = (): void =>
    confirm({ title: t('rotate'), text: t('rotateQuestion'), does: t('rotate'), isDangerous: true }, () =>
      rotate.mutate(),
    )
  return (
    <Section title={t('ingestUrl')} help={t('ingestUrlHelp')}>
      <Group gap="sm">
        <Copyable text={source.ingestUrl ?? ''} what={t('ingestUrl')} />
        <Button
          variant="default"
          size="xs"
          leftSection={<RefreshCw size={14} aria-hidden />}
          onClick={ask}
          loading={rotate.isPending}
        >
          {t('rotate')}
        </Button>
      </Group>
    </Section>
  )
}
