import { createTheme, MantineProvider, useMantineColorScheme } from '@mantine/core'
import { createContext, type ReactNode, useContext, useEffect, useMemo, useState } from 'react'
import { styleNonce } from '../lib/settings.ts'
import { type Appearance, appearanceOf, onAppearanceMessage, withChanges } from './appearance.ts'
import { shadesOf } from './shades.ts'

const brandColor = '#c2410c'
const fonts =
  'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "PingFang SC", "Microsoft YaHei", sans-serif'
const monospaceFonts = 'ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace'

const AppearanceContext = createContext<Appearance>(appearanceOf(''))

export function useAppearance(): Appearance {
  return useContext(AppearanceContext)
}

/** The look of everything within, as the address or the parent's page wants it. */
export function AppearanceProvider({ children }: { readonly children: ReactNode }): ReactNode {
  const [appearance, setAppearance] = useState(() => appearanceOf(location.search))
  useEffect(() => onAppearanceMessage((changes) => setAppearance((last) => withChanges(last, changes))), [])
  const theme = useMemo(
    () =>
      createTheme({
        primaryColor: 'brand',
        primaryShade: 6,
        colors: { brand: shadesOf(appearance.color ?? brandColor) },
        fontFamily: appearance.font === null ? fonts : `"${appearance.font}", ${fonts}`,
        fontFamilyMonospace: monospaceFonts,
        defaultRadius: 'md',
        autoContrast: true,
        cursorType: 'pointer',
        respectReducedMotion: true,
      }),
    [appearance.color, appearance.font],
  )
  return (
    <AppearanceContext value={appearance}>
      <MantineProvider theme={theme} defaultColorScheme={appearance.theme} getStyleNonce={() => styleNonce}>
        <FollowTheme theme={appearance.theme} />
        {children}
      </MantineProvider>
    </AppearanceContext>
  )
}

/** What the parent's page wants counts for more than what was chosen here before. */
function FollowTheme({ theme }: { readonly theme: Appearance['theme'] }): ReactNode {
  const { setColorScheme } = useMantineColorScheme()
  useEffect(() => {
    if (theme !== 'auto') setColorScheme(theme)
  }, [theme, setColorScheme])
  return null
}
