export type BodyEncoding = 'utf8' | 'base64'

interface Body {
  readonly text: string
  readonly contentType: string
  readonly encoding: BodyEncoding
  readonly name: string
}

/** Hands a body to the browser as a file: the bytes, whatever the page showed. It is never opened in the portal. */
export function saveBody({ text, contentType, encoding, name }: Body): void {
  const bytes = encoding === 'base64' ? bytesOf(text) : text
  const address = URL.createObjectURL(new Blob([bytes], { type: 'application/octet-stream' }))
  const link = document.createElement('a')
  link.href = address
  link.download = `${name.replaceAll(/[^\p{L}\p{N}._-]+/gu, '-')}${extensionOf(contentType, encoding)}`
  link.click()
  URL.revokeObjectURL(address)
}

function bytesOf(base64: string): Uint8Array<ArrayBuffer> | string {
  try {
    return Uint8Array.from(atob(base64), (each) => each.charCodeAt(0))
  } catch {
    return base64
  }
}

function extensionOf(contentType: string, encoding: BodyEncoding): string {
  if (/\bjson\b/i.test(contentType)) return '.json'
  return encoding === 'base64' ? '.bin' : '.txt'
}
