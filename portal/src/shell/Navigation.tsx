import { NavLink, Stack } from '@mantine/core'
import { Link, useLocation } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { useSession } from '../session/SessionContext.tsx'
import { placesOf } from './places.ts'

/** @param onChoose a page was chosen: on a narrow screen the navigation closes */
export function Navigation({ onChoose }: { readonly onChoose: () => void }): ReactNode {
  const { t } = useTranslation(['shell', 'common'])
  const session = useSession()
  const { pathname } = useLocation()
  return (
    <Stack gap={2} component="nav" aria-label={t('navigation')}>
      {placesOf(session).map(({ key, to, icon: Icon }) => {
        const isActive = to === '/' ? pathname === '/' : pathname === to || pathname.startsWith(`${to}/`)
        return (
          <NavLink
            key={key}
            component={Link}
            to={to}
            label={t(key)}
            leftSection={<Icon size={18} aria-hidden />}
            active={isActive}
            aria-current={isActive ? 'page' : undefined}
            onClick={onChoose}
            style={{ borderRadius: 'var(--mantine-radius-md)' }}
          />
        )
      })}
    </Stack>
  )
}
