import type { ReactNode } from 'react'
import { Page } from '../../parts/Page.tsx'

export function EventTypesPage(): ReactNode {
  return <Page title="EventTypesPage">{null}</Page>
}
