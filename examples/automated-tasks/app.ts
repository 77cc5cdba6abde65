import express, { type ErrorRequestHandler, type Express } from 'express'
import type { Webhook } from 'standardwebhooks'
import { isAuthentic } from './verify.ts'

/** An event is a few lines; a longer body is answered by 413. */
const maxBody = '64kb'

export interface AppOptions {
  readonly webhook: Webhook
  /** Stores a task durably. @returns false where it is known already */
  readonly receive: (id: string, revision: string) => boolean
  readonly print: (line: string) => void
}

/** The one address that takes webhooks. It answers once a task is stored, long before it is run. */
export function createApp({ webhook, receive, print }: AppOptions): Express {
  const app = express()
  app.disable('x-powered-by')

  app.post(
    '/webhooks/task',
    (request, response, next) => {
      if (request.is('application/json') === false) response.status(415).send('send application/json\n')
      else next()
    },
    // The bytes as they are signed: no JSON parser comes before this, and a compressed body is answered by 415.
    express.raw({ type: 'application/json', limit: maxBody, inflate: false }),
    (request, response) => {
      const body: Buffer = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0)
      if (!isAuthentic(webhook, body, request.headers)) {
        print('refused    a request without a valid signature')
        response.status(401).send('the signature is missing or wrong\n')
        return
      }
      const id = String(request.headers['webhook-id'])
      const revision = revisionOf(body)
      if (revision === null || !isName(id)) {
        print(`refused    ${id}  it requests no build`)
        response.status(400).send('this requests no build\n')
        return
      }
      const isNew = receive(id, revision)
      print(`${isNew ? 'received ' : 'duplicate'}  ${id}  ${revision}`)
      // The sender is done with both; its log shows which was which.
      response.sendStatus(isNew ? 202 : 200)
    },
  )

  const answerProblem: ErrorRequestHandler = (error, _request, response, _next) => {
    const { status, message } = error as Error & { readonly status?: number }
    // The sender's fault, as the body parser found it.
    if (status !== undefined && status < 500) {
      print(`refused    ${message}`)
      response.status(status).send(`${message}\n`)
      return
    }
    // Ours, such as a full disk: it shall come again.
    print(`postponed  ${message}`)
    response.status(503).set('retry-after', '5').send('it could not be stored\n')
  }
  app.use(answerProblem)
  return app
}

/** Id and revision become names of folders: letters, digits and underscores. */
function isName(text: string): boolean {
  return /^\w{1,64}$/.test(text)
}

/** @returns what is to be built; null where the body does not say it */
function revisionOf(body: Buffer): string | null {
  try {
    const event = JSON.parse(body.toString('utf8')) as { readonly revision?: unknown } | null
    return typeof event?.revision === 'string' && isName(event.revision) ? event.revision : null
  } catch {
    return null
  }
}
