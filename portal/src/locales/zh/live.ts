import type { live as source } from '../en/live.ts'
import type { Translated } from '../../i18n/catalogue.ts'

export const live: Translated<typeof source> = {
  title: '实时',
}
