import type { eventTypes as source } from '../en/event-types.ts'
import type { Translated } from '../../i18n/catalogue.ts'

export const eventTypes: Translated<typeof source> = {
  title: '事件类型',
}
