import type { ReactNode } from 'react'
import { Page } from '../../parts/Page.tsx'

export function ApplicationSettingsPage(): ReactNode {
  return <Page title="ApplicationSettingsPage">{null}</Page>
}
