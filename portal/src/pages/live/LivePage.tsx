import type { ReactNode } from 'react'
import { Page } from '../../parts/Page.tsx'

export function LivePage(): ReactNode {
  return <Page title="LivePage">{null}</Page>
}
