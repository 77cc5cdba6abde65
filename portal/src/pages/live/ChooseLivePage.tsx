import type { ReactNode } from 'react'
import { Page } from '../../parts/Page.tsx'

export function ChooseLivePage(): ReactNode {
  return <Page title="ChooseLivePage">{null}</Page>
}
