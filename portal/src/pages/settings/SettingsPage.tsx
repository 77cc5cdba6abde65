import type { ReactNode } from 'react'
import { Page } from '../../parts/Page.tsx'

export function SettingsPage(): ReactNode {
  return <Page title="SettingsPage">{null}</Page>
}
