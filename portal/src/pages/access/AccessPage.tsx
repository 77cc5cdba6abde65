import type { ReactNode } from 'react'
import { Page } from '../../parts/Page.tsx'

export function AccessPage(): ReactNode {
  return <Page title="AccessPage">{null}</Page>
}
