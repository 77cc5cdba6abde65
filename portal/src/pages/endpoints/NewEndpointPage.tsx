import type { ReactNode } from 'react'
import { Page } from '../../parts/Page.tsx'

export function NewEndpointPage(): ReactNode {
  return <Page title="NewEndpointPage">{null}</Page>
}
