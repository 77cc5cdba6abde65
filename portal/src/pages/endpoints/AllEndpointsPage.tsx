import type { ReactNode } from 'react'
import { Page } from '../../parts/Page.tsx'

export function AllEndpointsPage(): ReactNode {
  return <Page title="AllEndpointsPage">{null}</Page>
}
