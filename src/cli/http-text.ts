import { isUtf8 } from 'node:buffer'

/** A request as it goes out: all but the headers of the connection. */
export interface OutgoingRequest {
  readonly url: string
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly body: Uint8Array
}

/** The bytes of the request in HTTP/1.1 (RFC 9112 §2.1). */
export function rawHttp({ url, headers, body }: OutgoingRequest): Buffer {
  const { pathname, search, host } = new URL(url)
  const lines = [
    `POST ${pathname}${search} HTTP/1.1`,
    `Host: ${host}`,
    ...headers.map(([name, value]) => `${name}: ${value}`),
    `Content-Length: ${body.length}`,
  ]
  return Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), body])
}

/** A command for a POSIX shell that sends the request with the same bytes. */
export function curlCommand({ url, headers, body }: OutgoingRequest): string {
  const flags = headers.map(([name, value]) => `  -H ${quoted(`${name}: ${value}`)}`)
  const bytes = Buffer.from(body)
  const isText = isUtf8(bytes) && !bytes.includes(0)
  const last = isText ? `  --data-raw ${quoted(bytes.toString('utf8'))}` : '  --data-binary @-'
  const source = isText ? '' : `printf %s ${quoted(bytes.toString('base64'))} | base64 -d | `
  return `${source}curl -i -X POST ${quoted(url)} \\\n${[...flags, last].join(' \\\n')}`
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`
}
