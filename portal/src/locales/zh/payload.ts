import type { payload as source } from '../en/payload.ts'
import type { Translated } from '../../i18n/catalogue.ts'

export const payload: Translated<typeof source> = {
  title: '内容',
  layout: '排版',
  indented: '缩进',
  asSent: '原文',
  wrap: '自动换行',
  download: '下载',
  downloadOf: '下载{{what}}',
  empty: '空',
  base64: '内容不是文本，以 Base64 显示',
  cut: '仅显示前 {{shown}}。复制和下载包含全部内容。',
  more: '显示更多',
  invalid: '不是有效的 JSON。',
  attempt: {
    id: '尝试',
    startedAt: '发送时间',
    duration: '耗时',
    status: '响应状态',
    noAnswer: '无',
    response: '响应内容',
    problem: '出错原因',
    responseHeaders: '响应头',
    sentHeaders: '请求头',
    noHeaders: '没有记录。',
    hidden: '已发送，但不显示',
    omitted_other: '另有 {{count}} 个未显示。',
  },
}
