import type { ReactNode } from 'react'
import { Page } from '../../parts/Page.tsx'

export function MessagesPage(): ReactNode {
  return <Page title="MessagesPage">{null}</Page>
}
