import { access } from './access.ts'
import { applications } from './applications.ts'
import { common } from './common.ts'
import { endpoints } from './endpoints.ts'
import { eventTypes } from './event-types.ts'
import { failures } from './failures.ts'
import { live } from './live.ts'
import { messages } from './messages.ts'
import { overview } from './overview.ts'
import { payload } from './payload.ts'
import { replay } from './replay.ts'
import { settings } from './settings.ts'
import { shell } from './shell.ts'
import { sources } from './sources.ts'
import { tasks } from './tasks.ts'
import { verify } from './verify.ts'

export const en = {
  access,
  applications,
  common,
  endpoints,
  eventTypes,
  failures,
  live,
  messages,
  overview,
  payload,
  replay,
  settings,
  shell,
  sources,
  tasks,
  verify,
}
