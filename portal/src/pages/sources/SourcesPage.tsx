import type { ReactNode } from 'react'
import { Page } from '../../parts/Page.tsx'

export function SourcesPage(): ReactNode {
  return <Page title="SourcesPage">{null}</Page>
}
