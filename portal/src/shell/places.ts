import {
  Activity,
  Boxes,
  Gauge,
  Inbox,
  KeyRound,
  ListChecks,
  type LucideIcon,
  Mail,
  Settings,
  Tags,
  Webhook,
} from 'lucide-react'
import type { Session } from '../session/session.ts'

export interface Place {
  readonly key:
    | 'overview'
    | 'applications'
    | 'endpoints'
    | 'messages'
    | 'eventTypes'
    | 'sources'
    | 'live'
    | 'tasks'
    | 'access'
    | 'settings'
  readonly to: string
  readonly icon: LucideIcon
}

const operatorPlaces: readonly Place[] = [
  { key: 'overview', to: '/', icon: Gauge },
  { key: 'applications', to: '/applications', icon: Boxes },
  { key: 'endpoints', to: '/endpoints', icon: Webhook },
  { key: 'eventTypes', to: '/event-types', icon: Tags },
  { key: 'messages', to: '/messages', icon: Mail },
  { key: 'live', to: '/live', icon: Activity },
  { key: 'sources', to: '/sources', icon: Inbox },
  { key: 'tasks', to: '/tasks', icon: ListChecks },
  { key: 'access', to: '/access', icon: KeyRound },
  { key: 'settings', to: '/settings', icon: Settings },
]

/** The pages that the navigation leads to. */
export function placesOf({ appId }: Session): readonly Place[] {
  if (appId === null) return operatorPlaces
  return [
    { key: 'endpoints', to: `/app/${appId}/endpoints`, icon: Webhook },
    { key: 'messages', to: `/app/${appId}/messages`, icon: Mail },
    { key: 'live', to: `/app/${appId}/live`, icon: Activity },
    { key: 'eventTypes', to: '/event-types', icon: Tags },
  ]
}
