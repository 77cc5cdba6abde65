import type { access as source } from '../en/access.ts'
import type { Translated } from '../../i18n/catalogue.ts'

export const access: Translated<typeof source> = {
  title: '访问权限',
}
