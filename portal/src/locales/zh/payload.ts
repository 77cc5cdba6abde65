import type { payload as source } from '../en/payload.ts'
import type { Translated } from '../../i18n/catalogue.ts'

export const payload: Translated<typeof source> = {
  title: '内容',
}
