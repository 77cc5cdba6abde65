import type { tasks as source } from '../en/tasks.ts'
import type { Translated } from '../../i18n/catalogue.ts'

export const tasks: Translated<typeof source> = {
  title: '后台任务',
  about: '耗时较长、在请求返回后继续进行的工作，例如重放大量消息。服务器重启后会继续。',
  list: '后台任务，最新的在前',
  empty: '还没有任务',
  emptyHelp: '重放或恢复端点的消息、或请求用量统计时，任务会显示在这里。',
  task: '任务',
  progress: '进度',
  kinds: {
    recover: '重新发送失败的消息',
    replay: '补发遗漏的消息',
    bulkReplay: '重新发送消息',
    stats: '统计用量',
  },
  status: { label: '状态', any: '全部状态', running: '进行中', finished: '已完成', failed: '失败' },
  replayed_other: '已产生 {{count}} 次投递',
  counted_other: '已统计 {{count}} 个应用',
  nothing: '暂无',
  none: '没有处于此状态的任务。',
}
