import type { ReactNode } from 'react'
import { Page } from '../../parts/Page.tsx'

export function ChooseMessagesPage(): ReactNode {
  return <Page title="ChooseMessagesPage">{null}</Page>
}
