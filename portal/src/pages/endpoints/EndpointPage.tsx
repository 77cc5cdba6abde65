import type { ReactNode } from 'react'
import { Page } from '../../parts/Page.tsx'

export function EndpointPage(): ReactNode {
  return <Page title="EndpointPage">{null}</Page>
}
