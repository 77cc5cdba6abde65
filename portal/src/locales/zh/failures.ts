import type { failures as source } from '../en/failures.ts'
import type { Translated } from '../../i18n/catalogue.ts'

export const failures: Translated<typeof source> = {
  title: '失败原因',
  theDeadline: '规定时间',
  kinds: {
    ruleNotMet: {
      cause: '端点返回了 {{status}}，但不符合其成功规则。',
      advice: '请对照端点设置中的成功规则检查响应，并修正有误的一方。',
    },
    redirect: {
      cause: '端点返回了 {{status}}，要求跳转到另一个地址。',
      advice: '系统从不跟随重定向。请将端点的 URL 改为最终地址；常见原因是缺少 https、www 或末尾的斜杠。',
    },
    otherRedirect: {
      cause: '端点返回了 {{status}}，这不算成功。',
      advice: '请在存好消息后返回 200 到 299 之间的状态码。',
    },
    badRequest: {
      cause: '端点返回了 400：它不接受该请求。',
      advice:
        '如果您的代码在签名错误时返回 400，请确认使用的是此端点的密钥，并且验证的是原始请求体。否则请查看响应内容。',
    },
    unauthorized: {
      cause: '端点返回了 401：它要求提供凭据，或不认可签名。',
      advice:
        '请确认您的代码使用的是此端点的密钥，并且验证的是原始请求体。如果您的服务器需要令牌，请在“请求头”中添加。',
    },
    forbidden: {
      cause: '端点返回了 403：请求被端点或其前面的防火墙拒绝。',
      advice:
        '请允许不带浏览器会话和 CSRF 令牌的请求访问此路径，并检查防火墙规则。如果 403 由您的代码返回，请检查密钥。',
    },
    notFound: {
      cause: '端点返回了 404：此路径下没有内容。',
      advice: '请检查端点 URL 中的路径，并确认最新版本已部署。',
    },
    methodNotAllowed: {
      cause: '端点返回了 405：此处不接受 POST 请求。',
      advice: '请让您的路由接受 POST，或更正端点 URL 中的路径。',
    },
    requestTimeout: {
      cause: '端点返回了 408：它等待请求的时间过长。',
      advice: '通常会自行恢复。如果持续出现，请检查服务器或代理的超时设置。',
    },
    conflict: {
      cause: '端点返回了 409：与它已有的数据冲突。',
      advice: '如果您的代码已收到过这条消息，请返回 200，这样就不会再次发送。',
    },
    gone: {
      cause: '端点返回了 410：它不再需要消息，因此已被停用。',
      advice: '如果这并非本意，请修正您的服务器并重新启用端点，然后补发它错过的消息。',
    },
    tooLarge: {
      cause: '端点返回了 413：请求过大。',
      advice: '请调高服务器或代理对请求体大小的限制。',
    },
    unsupportedType: {
      cause: '端点返回了 415：它不接受这种内容类型。',
      advice: '请让您的路由接受所发送的内容类型；大多数消息为 application/json。',
    },
    unprocessable: {
      cause: '端点返回了 422：它理解请求，但无法处理其内容。',
      advice: '请对照事件类型的 schema 检查消息内容，并让您的代码忽略不认识的字段。',
    },
    tooMany: {
      cause: '端点返回了 {{status}}：同时收到的请求过多。',
      advice: '系统会自动放慢发送速度，并遵守 Retry-After 响应头。如果持续出现，请在端点设置中限制发送速率。',
    },
    clientError: {
      cause: '端点返回了 {{status}}：它不接受该请求。',
      advice: '请查看响应内容以及您的服务器在该时刻的日志。',
    },
    serverError: {
      cause: '端点返回了 {{status}}：您的服务器出错了。',
      advice: '请查看您的服务器在该时刻的日志。修复后，重新发送这条消息即可。',
    },
    badGateway: {
      cause: '端点返回了 502：代理没有从您的应用得到有效响应。',
      advice: '请确认您的应用正在运行，并在代理所指向的地址上监听。',
    },
    unavailable: {
      cause: '端点返回了 503：它负载过高或正在维护。',
      advice: '系统会自动放慢发送速度，稍后继续。如果持续出现，请确认您的应用正在运行且资源充足。',
    },
    gatewayTimeout: {
      cause: '端点返回了 504：您的应用响应太慢，代理等待超时。',
      advice: '请在存好消息后立即响应，再进行后续处理。',
    },
    edge: {
      cause: '端点返回了 {{status}}：它前面的网络无法连接到您的服务器。',
      advice: '请确认您的服务器正在运行、证书有效，并且允许该网络访问。',
    },
    unusualStatus: {
      cause: '端点返回了 {{status}}，这个状态码没有通用含义。',
      advice: '请在存好消息后返回 200 到 299 之间的状态码。',
    },
    invalidUrl: {
      cause: '端点的 URL 不是完整的地址。',
      advice: '请在端点设置中更正 URL；它应以 https:// 开头。',
    },
    httpsOnly: {
      cause: '系统不向这类 URL 发送。',
      advice: '请使用以 https:// 开头的地址。',
    },
    credentialsInUrl: {
      cause: '端点的 URL 中含有用户名或密码。',
      advice: '请从 URL 中删除，改用 Authorization 请求头发送。',
    },
    addressDenied: {
      cause: '端点的地址位于不允许发送的网络中，例如私有网络。',
      advice: '请使用可从互联网访问的地址。如果服务器确实需要访问此网络，其运维人员可以放行。',
    },
    nameUnknown: {
      cause: '端点的主机名没有对应的地址。',
      advice: '请检查 URL 中主机名的拼写及其 DNS 记录。',
    },
    nameServerFailed: {
      cause: '域名服务器没有给出端点主机的地址。',
      advice: '通常会自行恢复。如果持续出现，请检查您的域名所用的域名服务器。',
    },
    refused: {
      cause: '端点的地址上没有服务在监听：连接被拒绝。',
      advice: '请确认您的服务器正在运行，并且 URL 中的端口正确。',
    },
    connectTimeout: {
      cause: '建立连接时，端点的主机没有响应。',
      advice: '请确认您的服务器正在运行，并且防火墙允许来自互联网的连接。',
    },
    unreachable: {
      cause: '网络无法到达端点的主机。',
      advice: '请检查主机的 DNS 记录（包括 IPv6），并确认其网络正常。',
    },
    connectFailed: {
      cause: '未能与端点建立连接。',
      advice: '请确认您的服务器正在运行，并且可从互联网访问。',
    },
    certificateExpired: {
      cause: '端点的证书已过期。',
      advice: '请更新证书，并让您的服务器加载新证书。',
    },
    certificateEarly: {
      cause: '端点的证书尚未生效。',
      advice: '请检查证书的有效期以及签发方的时钟。',
    },
    certificateName: {
      cause: '端点的证书属于另一个主机名。',
      advice: '请改用证书所对应的主机名，或为当前主机名申请证书。',
    },
    certificateSelfSigned: {
      cause: '端点使用自签名证书，因此不受信任。',
      advice: '请使用公共证书机构（例如 Let’s Encrypt）签发的证书。',
    },
    certificateIncomplete: {
      cause: '无法验证端点证书的签发者。',
      advice: '请让您的服务器发送完整的证书链，包括中间证书。浏览器往往不会提示缺少中间证书。',
    },
    clientCertificate: {
      cause: '端点要求提供客户端证书。',
      advice: '请为此路径关闭该要求：请求的真实性由签名来证明。',
    },
    notTls: {
      cause: '此端口上的服务不支持 HTTPS。',
      advice: '请检查 URL 中的端口：只支持 HTTP 的服务器需要另外提供 HTTPS 端口。',
    },
    tlsFailed: {
      cause: '未能与端点建立加密连接。',
      advice: '请检查您的服务器的证书，并确认它支持 TLS 1.2 或更高版本。',
    },
    timeout: {
      cause: '端点未能在 {{wait}} 内给出完整响应。',
      advice: '请在存好消息后立即响应，再进行后续处理。',
    },
    connectionLost: {
      cause: '端点还没有响应，连接就中断了。',
      advice: '连接被您的服务器或其前面的代理关闭：请检查它在该时刻是否重启或崩溃。',
    },
    serverStopping: {
      cause: '发送过程中，本服务器被停止。',
      advice: '无需任何操作：这条消息会再次发送。',
    },
    headersTooLarge: {
      cause: '端点的响应头过大。',
      advice: '请减少或缩短响应头；这里用不到 Cookie。',
    },
    badAnswer: {
      cause: '端点返回的内容不是有效的 HTTP 响应。',
      advice: '请确认 URL 中的端口支持 HTTP/1.1，并且没有代理破坏响应。',
    },
    interrupted: {
      cause: '本服务器在处理这条消息时崩溃了，您可能已经收到它。',
      advice: '系统会以相同的 webhook-id 再次发送：请丢弃已经收到过的消息。',
    },
    heldBack: {
      cause: '本服务器在处理这条消息时多次崩溃，因此已暂停发送它。',
      advice: '请告知本服务器的运维人员。您也可以手动重新发送这条消息。',
    },
    contentGone: {
      cause: '消息内容已不再保留，因此没有可发送的内容。',
      advice: '消息内容只保留一段时间。请让发布方重新发布这条消息。',
    },
    expunged: {
      cause: '这次尝试的记录内容已被删除。',
      advice: '内容已按要求清除，无法提供更多信息。',
    },
    canceled: {
      cause: '在发送之前已被取消。',
      advice: '如果仍需要这条消息，请重新发送。',
    },
    noAnswer: {
      cause: '端点没有响应。',
      advice: '请确认您的服务器正在运行，并且可从互联网访问。',
    },
  },
}
