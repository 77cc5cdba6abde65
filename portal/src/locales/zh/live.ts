import type { live as source } from '../en/live.ts'
import type { Translated } from '../../i18n/catalogue.ts'

export const live: Translated<typeof source> = {
  title: '实时',
  about: '实时显示此应用的消息和投递尝试，最新的在最上面。',
  choose: '您想查看哪个应用的实时情况？',
  list: '实时记录，最新的在前',
  empty: '还没有任何动态',
  emptyHelp: '页面正在监听。此后发布的消息会自动显示在这里。',
  message: '消息',
  pause: '暂停',
  goOn: '继续（{{count}} 条新记录）',
  clear: '清空',
  kind: {
    label: '显示内容',
    messages: '消息',
    attempts: '尝试',
  },
  connecting: '正在连接',
  open: '正在监听',
  paused: '已暂停。新的记录会保留到您继续为止。',
  broken: '连接已断开',
  again_other: '{{count}} 秒后重新连接，期间的记录不会遗漏。',
  againSoon: '将自动重新连接，期间的记录不会遗漏。',
  refused: '服务器无法提供此页面。请重新加载页面，或重新登录。',
  came_other: '{{count}} 条新记录',
}
