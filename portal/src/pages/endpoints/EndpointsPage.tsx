import type { ReactNode } from 'react'
import { Page } from '../../parts/Page.tsx'

export function EndpointsPage(): ReactNode {
  return <Page title="EndpointsPage">{null}</Page>
}
