import type { endpoints as source } from '../en/endpoints.ts'
import type { Translated } from '../../i18n/catalogue.ts'

export const endpoints: Translated<typeof source> = {
  title: '端点',
}
