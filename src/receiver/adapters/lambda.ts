import { fromBase64, utf8 } from '../encoding.ts'
import { checkDeclaredLength } from '../read-body.ts'
import { createReceiver, type HandlerOptions, type WebhookHandler } from '../receive.ts'
import { WebhookError } from '../webhook-error.ts'

/** An event of API Gateway (payload format 1.0 or 2.0), a function URL, or an Application Load Balancer. */
export interface LambdaEvent {
  readonly headers?: Readonly<Record<string, string | undefined>> | null
  readonly multiValueHeaders?: Readonly<Record<string, string[] | undefined>> | null
  readonly body?: string | null
  readonly isBase64Encoded?: boolean
  /** Payload format 1.0 and load balancers. */
  readonly httpMethod?: string
  /** Payload format 2.0 and function URLs. */
  readonly requestContext?: { readonly http?: { readonly method?: string } }
}

export interface LambdaResult {
  statusCode: number
  headers: Record<string, string>
  body: string
  isBase64Encoded: false
}

/** A function for AWS Lambda. It answers as `createHandler` does, but throws mistakes of this program. */
export function createLambdaHandler(
  options: HandlerOptions,
  handler: WebhookHandler,
): (event: LambdaEvent) => Promise<LambdaResult> {
  const receive = createReceiver(options, handler)
  return async (event) => {
    const { status, headers, body } = await receive({
      method: event.requestContext?.http?.method ?? event.httpMethod ?? '',
      headers: { ...event.multiValueHeaders, ...event.headers },
      readBody: async (maxBytes) => {
        const bytes = bytesOfEvent(event)
        checkDeclaredLength(String(bytes.length), maxBytes)
        return bytes
      },
    })
    return { statusCode: status, headers: { ...headers }, body, isBase64Encoded: false }
  }
}

function bytesOfEvent({ body, isBase64Encoded }: LambdaEvent): Uint8Array<ArrayBuffer> {
  if (body === null || body === undefined) return new Uint8Array()
  if (typeof body !== 'string') {
    throw new WebhookError(
      'body_not_raw',
      'The body of the event was parsed before. Take a middleware such as http-json-body-parser off this function.',
    )
  }
  if (isBase64Encoded !== true) return utf8(body)
  const bytes = fromBase64(body)
  if (bytes === null) throw new WebhookError('body_incomplete', 'The body of the event is not base64.')
  return bytes
}
