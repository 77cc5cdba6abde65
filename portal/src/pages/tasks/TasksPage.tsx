import type { ReactNode } from 'react'
import { Page } from '../../parts/Page.tsx'

export function TasksPage(): ReactNode {
  return <Page title="TasksPage">{null}</Page>
}
