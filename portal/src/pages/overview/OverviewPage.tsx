import type { ReactNode } from 'react'
import { Page } from '../../parts/Page.tsx'

export function OverviewPage(): ReactNode {
  return <Page title="OverviewPage">{null}</Page>
}
