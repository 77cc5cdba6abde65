import { createValidator } from './openapi-validator.ts'
import { type Answer, type Ask, startApi, type TestApi } from './start-api.ts'

/** The API with what most tests of it begin with. Every answer is held against the OpenAPI document. */
export interface Scene extends AsyncDisposable {
  readonly api: TestApi
  /** @param path behind `/api/v1` */
  ask(method: string, path: string, ask?: Ask): Promise<Answer>
  /** @returns the id of a new application */
  application(more?: object): Promise<string>
  endpoint(appId: string, more?: object): Promise<{ readonly appId: string; readonly id: string }>
  /** @returns the id of a new message; fails where it is not accepted */
  publish(appId: string, more?: object): Promise<string>
}

export const event = { eventType: 'thing.done', payload: { n: 1 } }

export async function startScene(): Promise<Scene> {
  const api = await startApi()
  const validator = createValidator()
  async function ask(method: string, path: string, options: Ask = {}): Promise<Answer> {
    const answer = await api.ask(method, `/api/v1${path}`, options)
    validator.check(method, `/api/v1${path.split('?', 1)[0]}`, answer.status, answer.text)
    return answer
  }
  async function made(path: string, body: object): Promise<string> {
    const { status, text, json } = await ask('POST', path, { body })
    if (status >= 300) throw new Error(`POST ${path} answered ${status}: ${text}`)
    return (json as { readonly id: string }).id
  }
  return {
    api,
    ask,
    application: (more = {}) => made('/app', { name: 'Application', ...more }),
    async endpoint(appId, more = {}) {
      const body = { url: 'https://customer.example/hook', ...more }
      return { appId, id: await made(`/app/${appId}/endpoint`, body) }
    },
    publish: (appId, more = {}) => made(`/app/${appId}/msg`, { ...event, ...more }),
    [Symbol.asyncDispose]: () => api[Symbol.asyncDispose](),
  }
}

/** The ids of a list answer. */
export function idsOf({ json }: Answer): readonly string[] {
  return (json as { readonly data: readonly { readonly id: string }[] }).data.map(({ id }) => id)
}

/** An instant as a query parameter. */
export function queried(instant: number): string {
  return encodeURIComponent(new Date(instant).toISOString())
}
