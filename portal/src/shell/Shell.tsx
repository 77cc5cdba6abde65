import {
  ActionIcon,
  AppShell,
  Box,
  Burger,
  Button,
  Group,
  Image,
  Kbd,
  Text,
  UnstyledButton,
} from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { spotlight } from '@mantine/spotlight'
import { Link, Outlet } from '@tanstack/react-router'
import { Search } from 'lucide-react'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { useAppearance } from '../appearance/AppearanceProvider.tsx'
import { CommandMenu } from './CommandMenu.tsx'
import { Navigation } from './Navigation.tsx'
import { Preferences } from './Preferences.tsx'

/** What stands around every page. */
export function Shell(): ReactNode {
  const { t } = useTranslation(['shell', 'common'])
  const [isOpen, { toggle, close }] = useDisclosure(false)
  return (
    <AppShell
      header={{ height: 56 }}
      navbar={{ width: 232, breakpoint: 'sm', collapsed: { mobile: !isOpen } }}
      padding={{ base: 'md', md: 'xl' }}
    >
      <a className="skip-link" href="#content">
        {t('skip')}
      </a>
      <AppShell.Header px="md">
        <Group h="100%" justify="space-between" wrap="nowrap">
          <Group gap="sm" wrap="nowrap">
            <Burger
              opened={isOpen}
              onClick={toggle}
              hiddenFrom="sm"
              size="sm"
              aria-label={t('openNavigation')}
              aria-expanded={isOpen}
            />
            <Brand />
          </Group>
          <Group gap="xs" wrap="nowrap">
            <SearchButton />
            <Preferences />
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="sm" aria-label={t('navigation')}>
        <Navigation onChoose={close} />
      </AppShell.Navbar>
      <AppShell.Main id="content" tabIndex={-1}>
        <Box maw={1200} mx="auto">
          <Outlet />
        </Box>
      </AppShell.Main>
      <CommandMenu />
    </AppShell>
  )
}

function Brand(): ReactNode {
  const { t } = useTranslation()
  const { logo } = useAppearance()
  return (
    <UnstyledButton component={Link} to="/" aria-label={t('product')}>
      <Group gap="xs" wrap="nowrap">
        <Image src={logo ?? '/favicon.svg'} h={28} w="auto" alt="" />
        {logo === null && (
          <Text fw={700} visibleFrom="xs">
            {t('product')}
          </Text>
        )}
      </Group>
    </UnstyledButton>
  )
}

function SearchButton(): ReactNode {
  const { t } = useTranslation(['shell', 'common'])
  return (
    <>
      <Button
        variant="default"
        size="xs"
        visibleFrom="sm"
        onClick={spotlight.open}
        leftSection={<Search size={14} aria-hidden />}
        rightSection={<Kbd size="xs">{/Mac|iP/.test(navigator.userAgent) ? '⌘' : 'Ctrl'} K</Kbd>}
      >
        {t('search.open')}
      </Button>
      <ActionIcon
        variant="default"
        size="lg"
        hiddenFrom="sm"
        onClick={spotlight.open}
        aria-label={t('search.open')}
      >
        <Search size={16} aria-hidden />
      </ActionIcon>
    </>
  )
}
