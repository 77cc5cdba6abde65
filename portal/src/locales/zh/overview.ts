import type { overview as source } from '../en/overview.ts'
import type { Translated } from '../../i18n/catalogue.ts'

export const overview: Translated<typeof source> = {
  title: '概览',
}
