import type { ReactNode } from 'react'
import { Page } from '../../parts/Page.tsx'

export function EventTypePage(): ReactNode {
  return <Page title="EventTypePage">{null}</Page>
}
