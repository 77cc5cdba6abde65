import type { tasks as source } from '../en/tasks.ts'
import type { Translated } from '../../i18n/catalogue.ts'

export const tasks: Translated<typeof source> = {
  title: '后台任务',
}
