import type { settings as source } from '../en/settings.ts'
import type { Translated } from '../../i18n/catalogue.ts'

export const settings: Translated<typeof source> = {
  title: '设置',
  about: '服务器的信息与状态。它的设置在启动时从环境变量或命令行读取。',
  server: '服务器',
  version: '版本',
  address: '地址',
  organisation: '组织',
  health: {
    title: '健康状态',
    help: '是否能接收并发送消息；每 10 秒查询一次。',
    ready: '就绪',
    readyHelp: '正在接收并发送消息。',
    notReady: '未就绪',
    notReadyHelp: '服务器的说明：',
  },
  frames: {
    title: '可嵌入门户的网站',
    help: '这些网站可以在框架中显示门户并设置外观。通过 POSTHORN_PORTAL_FRAME_ORIGINS 修改。',
    none: '除自身外没有。',
  },
  more: {
    title: '更多信息',
    api: 'API 参考',
    apiHelp: '全部操作，可用您的令牌试用。',
    openapi: 'OpenAPI 文档',
    openapiHelp: '用于生成客户端和测试。',
    metrics: '指标',
    metricsHelp: '供 Prometheus 使用。',
  },
}
