import { ActionIcon, Menu, useMantineColorScheme } from '@mantine/core'
import { Check, LogOut, Monitor, Moon, Settings2, Sun } from 'lucide-react'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { changeLanguage, type Language, languages } from '../i18n/i18n.ts'
import { useEndSession } from '../session/SessionContext.tsx'

const schemes = [
  ['light', Sun],
  ['dark', Moon],
  ['auto', Monitor],
] as const

/** Theme, language, and the way out. */
export function Preferences(): ReactNode {
  const { t, i18n } = useTranslation(['shell', 'common'])
  const { colorScheme, setColorScheme } = useMantineColorScheme()
  const end = useEndSession()
  return (
    <Menu position="bottom-end" withinPortal width={220}>
      <Menu.Target>
        <ActionIcon variant="default" size="lg" aria-label={t('preferences')}>
          <Settings2 size={16} aria-hidden />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{t('theme')}</Menu.Label>
        {schemes.map(([scheme, Icon]) => (
          <Menu.Item
            key={scheme}
            leftSection={<Icon size={16} aria-hidden />}
            rightSection={colorScheme === scheme ? <Check size={14} aria-hidden /> : null}
            onClick={() => setColorScheme(scheme)}
          >
            {t(scheme === 'auto' ? 'system' : scheme)}
          </Menu.Item>
        ))}
        <Menu.Label>{t('language')}</Menu.Label>
        {Object.entries(languages).map(([language, name]) => (
          <Menu.Item
            key={language}
            lang={language === 'zh' ? 'zh-Hans' : language}
            rightSection={i18n.language === language ? <Check size={14} aria-hidden /> : null}
            onClick={() => void changeLanguage(i18n, language as Language)}
          >
            {name}
          </Menu.Item>
        ))}
        <Menu.Divider />
        <Menu.Item leftSection={<LogOut size={16} aria-hidden />} onClick={end}>
          {t('signOut')}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  )
}
