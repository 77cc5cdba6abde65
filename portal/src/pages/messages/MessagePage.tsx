import type { ReactNode } from 'react'
import { Page } from '../../parts/Page.tsx'

export function MessagePage(): ReactNode {
  return <Page title="MessagePage">{null}</Page>
}
