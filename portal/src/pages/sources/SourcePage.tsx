import type { ReactNode } from 'react'
import { Page } from '../../parts/Page.tsx'

export function SourcePage(): ReactNode {
  return <Page title="SourcePage">{null}</Page>
}
