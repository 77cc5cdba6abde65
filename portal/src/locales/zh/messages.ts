import type { messages as source } from '../en/messages.ts'
import type { Translated } from '../../i18n/catalogue.ts'

export const messages: Translated<typeof source> = {
  title: '消息',
}
