import type { verify as source } from '../en/verify.ts'
import type { Translated } from '../../i18n/catalogue.ts'

export const verify: Translated<typeof source> = {
  title: '在代码中验证',
  help: '任何人都可以向您的 URL 发送请求。签名能证明请求确实来自这里，并且未被篡改。以下是针对此端点路径的完整程序，可以直接使用。',
  languages: '编程语言',
  asymmetric: '此端点使用 Ed25519 签名：您的接收程序只需要公钥。其他语言的库目前还不支持这种签名。',
  sender: '此脚本会像真实投递一样，向您的端点发送一个带签名的请求。您可以立即看到接收程序的响应。',
  install: '安装库',
  secret: '将密钥放入环境变量',
  secretHidden: '请将上方的密钥复制到引号中。切勿将密钥写入代码。',
  secretCopied: '点击复制按钮时，密钥会自动填入引号中。切勿将密钥写入代码。',
  save: '保存为 {{file}}',
  run: '运行',
  comments: {
    duplicates: '生产环境中请改用数据库的唯一列。',
    rawBody: '必须使用原始请求体：解析后重新序列化的内容与签名不符。',
    work: '在此存储消息，并在响应之后再处理。',
  },
  hints: {
    title: '注意事项',
    rawBody: '请在 JSON 解析之前验证原始请求体。如果所有签名都不正确，这是最常见的原因。',
    answer: '存好消息后，请立即返回 200 到 299 之间的状态码。返回其他状态码都会导致再次发送。',
    duplicates: '同一条消息可能到达两次，例如您的响应丢失时。每次的 webhook-id 都相同。',
    clock: '请保持服务器时钟准确：时间偏差超过五分钟的签名会被拒绝。',
    rotation: '轮换密钥期间，每个请求都带有新旧两个密钥的签名。这些库会自动处理。',
  },
}
