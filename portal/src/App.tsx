import { ModalsProvider } from '@mantine/modals'
import { Notifications } from '@mantine/notifications'
import { QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import type { i18n } from 'i18next'
import { type ReactNode, useState } from 'react'
import { I18nextProvider } from 'react-i18next'
import { createQueries } from './api/queries.ts'
import { AppearanceProvider } from './appearance/AppearanceProvider.tsx'
import { createPortalRouter } from './router.tsx'
import { SignIn } from './session/SignIn.tsx'
import type { Session } from './session/session.ts'
import { SessionProvider, useSession } from './session/SessionContext.tsx'

/** The whole portal, for whoever the session is of. */
export function App({
  session,
  texts,
}: {
  readonly session: Session | null
  readonly texts: i18n
}): ReactNode {
  return (
    <I18nextProvider i18n={texts}>
      <AppearanceProvider>
        <Notifications position="bottom-right" />
        <SessionProvider
          initial={session}
          signIn={(take, hasEnded) => <SignIn take={take} hasEnded={hasEnded} />}
        >
          <Pages />
        </SessionProvider>
      </AppearanceProvider>
    </I18nextProvider>
  )
}

/** What one session has seen is forgotten with it. */
function Pages(): ReactNode {
  const session = useSession()
  const [queries] = useState(createQueries)
  const [router] = useState(() => createPortalRouter(session))
  return (
    <QueryClientProvider client={queries}>
      <ModalsProvider>
        <RouterProvider router={router} />
      </ModalsProvider>
    </QueryClientProvider>
  )
}
