import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { signatures } from '#core/signature.ts'
import { newSecret, shownSecret, signingKeyOf } from '#core/signing-secret.ts'
import { Webhook as StandardWebhook } from 'standardwebhooks'
import { Webhook as SvixWebhook } from 'svix'

type Signer = 'posthorn' | 'standardwebhooks' | 'svix'

/** A webhook as its sender hands it to HTTP. */
export interface SignedWebhook {
  readonly headers: Record<string, string>
  readonly body: Buffer
}

export interface SigningOptions {
  readonly by?: Signer
  readonly id?: string
  readonly at?: number
  readonly family?: 'webhook' | 'svix'
}

export function signedWebhook(
  secret: string,
  body: string | Uint8Array,
  { by = 'posthorn', id = 'msg_1', at = Date.now(), family = 'webhook' }: SigningOptions = {},
): SignedWebhook {
  const seconds = Math.floor(at / 1000)
  const bytes = Buffer.from(body)
  return {
    body: bytes,
    headers: {
      'content-type': 'application/json',
      [`${family}-id`]: id,
      [`${family}-timestamp`]: String(seconds),
      [`${family}-signature`]: signatureBy(by, secret, id, seconds, bytes),
    },
  }
}

function signatureBy(by: Signer, secret: string, id: string, seconds: number, body: Buffer): string {
  const date = new Date(seconds * 1000)
  // The libraries sign texts alone.
  if (by === 'standardwebhooks') return new StandardWebhook(secret).sign(id, date, body)
  if (by === 'svix') return new SvixWebhook(secret).sign(id, date, body)
  return signatures([signingKeyOf({ key: secret, expiresAt: null })], id, seconds, body, 0)
}

/** A secret as the sender has it, and as the receiver is told it. */
export function newSecretPair(type: 'hmac256' | 'ed25519'): {
  readonly sender: string
  readonly receiver: string
} {
  const sender = newSecret(type)
  return { sender, receiver: shownSecret(sender) }
}

export interface RunningServer extends AsyncDisposable {
  readonly url: string
}

/** On a free port of the loopback. Disposing cuts every connection. */
export async function serve(listener: RequestListener): Promise<RunningServer> {
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      await closed
    },
  }
}

export async function post(url: string, { headers, body }: SignedWebhook): Promise<Response> {
  return await fetch(url, { method: 'POST', headers, body: new Uint8Array(body) })
}
