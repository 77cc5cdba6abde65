import type { settings as source } from '../en/settings.ts'
import type { Translated } from '../../i18n/catalogue.ts'

export const settings: Translated<typeof source> = {
  title: '设置',
}
