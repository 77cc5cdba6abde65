import type { ReactNode } from 'react'
import { Page } from '../../parts/Page.tsx'

export function ApplicationAccessPage(): ReactNode {
  return <Page title="ApplicationAccessPage">{null}</Page>
}
