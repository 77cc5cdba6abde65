import type { verify as source } from '../en/verify.ts'
import type { Translated } from '../../i18n/catalogue.ts'

export const verify: Translated<typeof source> = {
  title: '在代码中验证',
}
