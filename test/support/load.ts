import { callApi } from './call-api.ts'

export interface Application {
  /** Of the server that is asked. */
  readonly url: string
  readonly appId: string
}

/** An application with one endpoint. */
export async function createHookedApplication(url: string, token: string, hook: string): Promise<string> {
  const { text } = await callApi(url, token, 'POST', '/app', { name: 'Chaos' })
  const { id } = JSON.parse(text) as { id: string }
  const { status, text: answer } = await callApi(url, token, 'POST', `/app/${id}/endpoint`, { url: hook })
  if (status !== 201) throw new Error(`the endpoint was answered by ${status}: ${answer}`)
  return id
}

interface Request {
  readonly n: number
  readonly appId: string
}

/** An answer that takes longer counts as none. */
const answerWithinMs = 10_000

/**
 * A publisher as SDKs make one: what got no answer is asked for again with the same idempotency key, at the next server
 * if need be.
 */
export class Load {
  /** Ids of what was answered by 202, by the number in the payload. */
  readonly accepted = new Map<number, Set<string>>()
  readonly #inDoubt: Request[] = []
  readonly #token: string
  readonly #toleratesRefusals: boolean
  #count = 0

  /** @param options.toleratesRefusals a 503 is asked for again, as SDKs do */
  constructor(token: string, options: { readonly toleratesRefusals?: boolean } = {}) {
    this.#token = token
    this.#toleratesRefusals = options.toleratesRefusals ?? false
  }

  /** Until it is told to stop or the server is gone. */
  async publishUntil(at: Application, isOver: () => boolean): Promise<void> {
    while (!isOver()) if (!(await this.publishOne(at))) return
  }

  /** @returns whether it was accepted */
  async publishOne({ url, appId }: Application): Promise<boolean> {
    const doubtful = this.#inDoubt.findLastIndex((each) => each.appId === appId)
    const [again] = doubtful < 0 ? [] : this.#inDoubt.splice(doubtful, 1)
    return await this.#publish(url, again ?? { n: this.#count++, appId })
  }

  /** Until all that no server has accepted yet is accepted, asking the servers in turn. */
  async settle(...urls: readonly string[]): Promise<void> {
    for (let turn = 0; ; turn++) {
      const request = this.#inDoubt.pop()
      if (request === undefined) return
      const isAccepted = await this.#publish(urls[turn % urls.length] as string, request)
      if (!isAccepted && !this.#toleratesRefusals) throw new Error('the server is gone')
    }
  }

  async #publish(url: string, request: Request): Promise<boolean> {
    const { n, appId } = request
    const body = { eventType: 'load', payload: { n } }
    const headers = { 'idempotency-key': `load-${n}` }
    const signal = AbortSignal.timeout(answerWithinMs)
    try {
      const { status, text } = await callApi(
        url,
        this.#token,
        'POST',
        `/app/${appId}/msg`,
        body,
        headers,
        signal,
      )
      if (status === 503 && this.#toleratesRefusals) {
        this.#inDoubt.push(request)
        return false
      }
      if (status !== 202) throw new Error(`message ${n} was answered by ${status}: ${text}`)
      const ids = this.accepted.get(n) ?? new Set()
      this.accepted.set(n, ids.add((JSON.parse(text) as { id: string }).id))
      return true
    } catch (error) {
      // The server is gone or silent, and what it did not answer may have been stored or not.
      if (!(error instanceof TypeError || error instanceof DOMException)) throw error
      this.#inDoubt.push(request)
      return false
    }
  }
}
