import { Box, Button, Group, SegmentedControl, Stack } from '@mantine/core'
import { useNavigate, useParams, useSearch } from '@tanstack/react-router'
import { Pause, Play, Trash2 } from 'lucide-react'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { Empty } from '../../parts/Empty.tsx'
import { EventTypesFilter } from '../../parts/EventTypesFilter.tsx'
import { useRememberApplication } from '../../parts/last-application.ts'
import { OtherApplication } from '../../parts/OtherApplication.tsx'
import { Page } from '../../parts/Page.tsx'
import { Announcement } from './Announcement.tsx'
import { Connection } from './Connection.tsx'
import { LiveList } from './LiveList.tsx'
import type { LiveRow } from './live-rows.ts'
import { liveKinds, type LiveSearch } from './live-search.ts'
import { useLive } from './use-live.ts'

const allKinds = 'all'

/** Messages and attempts as they happen, newest on top. */
export function LivePage(): ReactNode {
  const { appId } = useParams({ from: '/app/$appId/live' })
  return <LiveOf key={appId} appId={appId} />
}

function LiveOf({ appId }: { readonly appId: string }): ReactNode {
  const { t } = useTranslation(['live', 'common'])
  const search = useSearch({ from: '/app/$appId/live' })
  const navigate = useNavigate({ from: '/app/$appId/live' })
  const live = useLive(appId, search.types ?? [])
  useRememberApplication(appId)
  const filter = (next: LiveSearch): void => void navigate({ search: next, replace: true })
  const shown = live.rows.filter((row) => isShown(row, search))
  return (
    <Page
      title={t('title')}
      description={t('about')}
      actions={
        <>
          <OtherApplication to="/live" />
          <Button
            variant="default"
            leftSection={<Trash2 size={16} aria-hidden />}
            onClick={live.clear}
            disabled={live.rows.length === 0}
          >
            {t('clear')}
          </Button>
          <Button
            variant={live.isPaused ? 'filled' : 'default'}
            leftSection={live.isPaused ? <Play size={16} aria-hidden /> : <Pause size={16} aria-hidden />}
            onClick={live.isPaused ? live.goOn : live.pause}
          >
            {live.isPaused ? t('goOn', { count: live.held.length }) : t('pause')}
          </Button>
        </>
      }
    >
      <Stack gap="sm">
        <Group align="flex-end" gap="sm">
          <Box flex="1 1 18rem">
            <EventTypesFilter
              value={search.types ?? []}
              onChange={(types) => filter({ ...search, types: types.length === 0 ? undefined : types })}
            />
          </Box>
          <SegmentedControl
            aria-label={t('kind.label')}
            value={search.kind ?? allKinds}
            onChange={(chosen) => filter({ ...search, kind: liveKinds.find((each) => each === chosen) })}
            data={[
              { value: allKinds, label: t('common:all') },
              { value: 'message', label: t('kind.messages') },
              { value: 'attempt', label: t('kind.attempts') },
            ]}
          />
        </Group>
        <Connection state={live.state} isPaused={live.isPaused} />
      </Stack>
      {shown.length === 0 ? (
        <Empty title={t('empty')} help={t('emptyHelp')} />
      ) : (
        <LiveList appId={appId} rows={shown} />
      )}
      <Announcement count={live.count} />
    </Page>
  )
}

function isShown({ kind, eventType }: LiveRow, search: LiveSearch): boolean {
  if (search.kind !== undefined && kind !== search.kind) return false
  return search.types === undefined || eventType === null || search.types.includes(eventType)
}
