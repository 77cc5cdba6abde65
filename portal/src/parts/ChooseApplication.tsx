import { useQuery } from '@tanstack/react-query'
import { Navigate } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { dataOf } from '../api/client.ts'
import { useApi } from '../session/SessionContext.tsx'
import { ApplicationPicker } from './ApplicationPicker.tsx'
import { lastApplication } from './last-application.ts'
import { Loading } from './Loaded.tsx'
import { Page } from './Page.tsx'

interface ChooseApplicationProps {
  readonly title: string
  readonly description: string
  /** The page of an application that it leads to. */
  readonly to: '/app/$appId/messages' | '/app/$appId/live'
  /** The last one is not taken again without asking. */
  readonly isAsked: boolean
}

/** Goes on with the application that was looked at last, where it still exists; asks otherwise. */
export function ChooseApplication({ title, description, to, isAsked }: ChooseApplicationProps): ReactNode {
  const api = useApi()
  const last = isAsked ? null : lastApplication()
  const query = useQuery({
    queryKey: ['application', last],
    enabled: last !== null,
    retry: false,
    queryFn: ({ signal }) =>
      dataOf(api.GET('/api/v1/app/{app_id}', { params: { path: { app_id: last ?? '' } }, signal })),
  })
  if (last !== null && query.data !== undefined) return <Navigate to={to} params={{ appId: last }} replace />
  return (
    <Page title={title} description={description}>
      {last !== null && query.isPending ? <Loading /> : <ApplicationPicker to={to} />}
    </Page>
  )
}
