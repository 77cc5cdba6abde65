import type { sources as source } from '../en/sources.ts'
import type { Translated } from '../../i18n/catalogue.ts'

export const sources: Translated<typeof source> = {
  title: '来源',
}
