import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  notFound,
  redirect,
} from '@tanstack/react-router'
import { eventTypeSearch, eventTypesSearch } from './pages/event-types/event-types-search.ts'
import { allEndpointsSearch, endpointSearch } from './pages/endpoints/endpoints-search.ts'
import { overviewSearch } from './pages/overview/range.ts'
import { sourceSearch } from './pages/sources/source-search.ts'
import { tasksSearch } from './pages/tasks/tasks-search.ts'
import { liveSearch } from './pages/live/live-search.ts'
import { chooseSearch, messagesSearch } from './pages/messages/messages-search.ts'
import { Broken } from './shell/Broken.tsx'
import { Missing } from './shell/Missing.tsx'
import { Shell } from './shell/Shell.tsx'
import type { Session } from './session/session.ts'

interface RouterContext {
  readonly session: Session
}

const root = createRootRouteWithContext<RouterContext>()({
  component: Shell,
  notFoundComponent: Missing,
})

/** For pages that only an operator has. */
const forOperators = {
  beforeLoad({ context }: { readonly context: RouterContext }): void {
    if (context.session.face !== 'operator') throw notFound()
  },
}

const overview = createRoute({
  getParentRoute: () => root,
  path: '/',
  beforeLoad({ context }) {
    const { appId } = context.session
    if (appId !== null) throw redirect({ to: '/app/$appId/endpoints', params: { appId } })
  },
  validateSearch: overviewSearch,
  component: lazyRouteComponent(() => import('./pages/overview/OverviewPage.tsx'), 'OverviewPage'),
})

const application = createRoute({
  getParentRoute: () => root,
  path: '/app/$appId',
  beforeLoad({ context, params }) {
    const { appId } = context.session
    if (appId !== null && appId !== params.appId) throw notFound()
  },
  component: lazyRouteComponent(
    () => import('./pages/applications/ApplicationLayout.tsx'),
    'ApplicationLayout',
  ),
})

const applicationHome = createRoute({
  getParentRoute: () => application,
  path: '/',
  beforeLoad({ params }) {
    throw redirect({ to: '/app/$appId/endpoints', params })
  },
})

const ofApplication = [
  applicationHome,
  createRoute({
    getParentRoute: () => application,
    path: 'endpoints',
    component: lazyRouteComponent(() => import('./pages/endpoints/EndpointsPage.tsx'), 'EndpointsPage'),
  }),
  createRoute({
    getParentRoute: () => application,
    path: 'endpoints/new',
    component: lazyRouteComponent(() => import('./pages/endpoints/NewEndpointPage.tsx'), 'NewEndpointPage'),
  }),
  createRoute({
    getParentRoute: () => application,
    path: 'endpoints/$endpointId',
    validateSearch: endpointSearch,
    component: lazyRouteComponent(() => import('./pages/endpoints/EndpointPage.tsx'), 'EndpointPage'),
  }),
  createRoute({
    getParentRoute: () => application,
    path: 'messages',
    validateSearch: messagesSearch,
    component: lazyRouteComponent(() => import('./pages/messages/MessagesPage.tsx'), 'MessagesPage'),
  }),
  createRoute({
    getParentRoute: () => application,
    path: 'messages/$messageId',
    component: lazyRouteComponent(() => import('./pages/messages/MessagePage.tsx'), 'MessagePage'),
  }),
  createRoute({
    getParentRoute: () => application,
    path: 'live',
    validateSearch: liveSearch,
    component: lazyRouteComponent(() => import('./pages/live/LivePage.tsx'), 'LivePage'),
  }),
  createRoute({
    getParentRoute: () => application,
    path: 'access',
    ...forOperators,
    component: lazyRouteComponent(
      () => import('./pages/access/ApplicationAccessPage.tsx'),
      'ApplicationAccessPage',
    ),
  }),
  createRoute({
    getParentRoute: () => application,
    path: 'settings',
    ...forOperators,
    component: lazyRouteComponent(
      () => import('./pages/applications/ApplicationSettingsPage.tsx'),
      'ApplicationSettingsPage',
    ),
  }),
] as const

const applications = createRoute({
  getParentRoute: () => root,
  path: '/applications',
  ...forOperators,
  component: lazyRouteComponent(
    () => import('./pages/applications/ApplicationsPage.tsx'),
    'ApplicationsPage',
  ),
})

const endpoints = createRoute({
  getParentRoute: () => root,
  path: '/endpoints',
  ...forOperators,
  validateSearch: allEndpointsSearch,
  component: lazyRouteComponent(() => import('./pages/endpoints/AllEndpointsPage.tsx'), 'AllEndpointsPage'),
})

const messages = createRoute({
  getParentRoute: () => root,
  path: '/messages',
  ...forOperators,
  validateSearch: chooseSearch,
  component: lazyRouteComponent(
    () => import('./pages/messages/ChooseMessagesPage.tsx'),
    'ChooseMessagesPage',
  ),
})

const live = createRoute({
  getParentRoute: () => root,
  path: '/live',
  ...forOperators,
  validateSearch: chooseSearch,
  component: lazyRouteComponent(() => import('./pages/live/ChooseLivePage.tsx'), 'ChooseLivePage'),
})

const eventTypes = createRoute({
  getParentRoute: () => root,
  path: '/event-types',
  validateSearch: eventTypesSearch,
  component: lazyRouteComponent(() => import('./pages/event-types/EventTypesPage.tsx'), 'EventTypesPage'),
})

const eventType = createRoute({
  getParentRoute: () => root,
  path: '/event-types/$name',
  validateSearch: eventTypeSearch,
  component: lazyRouteComponent(() => import('./pages/event-types/EventTypePage.tsx'), 'EventTypePage'),
})

const sources = createRoute({
  getParentRoute: () => root,
  path: '/sources',
  ...forOperators,
  component: lazyRouteComponent(() => import('./pages/sources/SourcesPage.tsx'), 'SourcesPage'),
})

const source = createRoute({
  getParentRoute: () => root,
  path: '/sources/$sourceId',
  ...forOperators,
  validateSearch: sourceSearch,
  component: lazyRouteComponent(() => import('./pages/sources/SourcePage.tsx'), 'SourcePage'),
})

const tasks = createRoute({
  getParentRoute: () => root,
  path: '/tasks',
  ...forOperators,
  validateSearch: tasksSearch,
  component: lazyRouteComponent(() => import('./pages/tasks/TasksPage.tsx'), 'TasksPage'),
})

const access = createRoute({
  getParentRoute: () => root,
  path: '/access',
  ...forOperators,
  component: lazyRouteComponent(() => import('./pages/access/AccessPage.tsx'), 'AccessPage'),
})

const settings = createRoute({
  getParentRoute: () => root,
  path: '/settings',
  ...forOperators,
  component: lazyRouteComponent(() => import('./pages/settings/SettingsPage.tsx'), 'SettingsPage'),
})

const tree = root.addChildren([
  overview,
  applications,
  application.addChildren(ofApplication),
  endpoints,
  messages,
  live,
  eventTypes,
  eventType,
  sources,
  source,
  tasks,
  access,
  settings,
])

/** All pages, as far as the session reaches. */
export function createPortalRouter(session: Session) {
  return createRouter({
    routeTree: tree,
    context: { session },
    defaultPreload: 'intent',
    scrollRestoration: true,
    defaultErrorComponent: Broken,
  })
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof createPortalRouter>
  }
}
