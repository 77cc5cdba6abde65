import type { failures as source } from '../en/failures.ts'
import type { Translated } from '../../i18n/catalogue.ts'

export const failures: Translated<typeof source> = {
  title: '失败原因',
}
