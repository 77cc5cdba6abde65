import { Box, Tabs } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Outlet, useLocation, useNavigate, useParams } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { Failure } from '../../parts/Failure.tsx'
import { useSession } from '../../session/SessionContext.tsx'
import { ApplicationHeading } from './ApplicationHeading.tsx'
import { useApplicationQuery } from './application-query.ts'

const sections = ['endpoints', 'messages', 'live', 'access', 'settings'] as const

/** What stands above the pages of one application: for an operator, which one it is. */
export function ApplicationLayout(): ReactNode {
  const { t } = useTranslation(['applications', 'common'])
  const { face } = useSession()
  const { appId } = useParams({ from: '/app/$appId' })
  const { pathname } = useLocation()
  const navigate = useNavigate()
  const query = useQuery(useApplicationQuery(appId))
  if (face === 'customer') return <Outlet />
  if (query.error !== null) return <Failure error={query.error} retry={() => void query.refetch()} />
  const current = pathname.split('/')[3] ?? 'endpoints'
  return (
    <Box>
      <ApplicationHeading application={query.data} />
      <Tabs
        value={current}
        onChange={(section) => void navigate({ to: `/app/${appId}/${section ?? 'endpoints'}` })}
        my="md"
      >
        <Tabs.List aria-label={t('sections')} className="scrolls">
          {sections.map((section) => (
            <Tabs.Tab key={section} value={section}>
              {t(section)}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        <Tabs.Panel value={current} pt="lg">
          <Outlet />
        </Tabs.Panel>
      </Tabs>
    </Box>
  )
}
