import type { applications as source } from '../en/applications.ts'
import type { Translated } from '../../i18n/catalogue.ts'

export const applications: Translated<typeof source> = {
  title: '应用',
  about: '您的 API 的每个客户就是一个应用。应用拥有端点，消息发布到应用。',
  create: '创建应用',
  name: '名称',
  nameHelp: '您对这位客户的称呼。',
  uid: '自定义 ID',
  uidHelp: '您自己的客户标识：凡是使用应用 ID 的地方都可以用它。',
  created: '应用已创建。',
  list: '应用列表，最早的在前',
  empty: '还没有应用',
  emptyHelp: '请为客户创建一个应用，或直接发布消息：第一条消息可以顺便创建应用。',
  endpoints: '端点',
  messages: '消息',
  live: '实时',
  access: '访问权限',
  settings: '设置',
  sections: '应用的各部分',
  edit: {
    rename: '名称和自定义 ID',
    saved: '已保存。',
    rate: '每秒最多消息数',
    rateHelp: '超过后，发布会被暂时拒绝。留空：不限制。',
    remove: '删除应用',
    removeHelp: '它的端点立即停止接收，消息和投递记录将无法再查看。',
    removeQuestion: '确定删除“{{name}}”及其全部端点和消息吗？此操作无法撤销。',
    removed: '应用已删除。',
  },
}
